# A room is one directory: every .cc in it is one static library, every *_test.cc one test program.
# Each room's CMakeLists.txt holds one line, tare_sources(<rooms and libraries that it uses>).

# Small beats fast where the work is the kernel's: pages not touched need not be read.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(tare_flags INTERFACE)
target_compile_options(tare_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wno-missing-field-initializers -Werror
  -fno-rtti -ffunction-sections -fdata-sections)
# GCC 12 sees uninitialised members in every StatusOr that it inlines.
target_compile_options(tare_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
# In a unity build GCC takes a .cc file that is included for a header.
target_compile_options(tare_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
target_compile_definitions(tare_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_include_directories(tare_flags INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
target_link_options(tare_flags INTERFACE -Wl,--gc-sections)

# Instead of the standard library's. Not for tests: GoogleTest writes to std::cout.
set(TARE_HEADERS ${PROJECT_SOURCE_DIR}/cmake/headers)

function(tare_room name)
  if(EXISTS ${PROJECT_SOURCE_DIR}/src/${name}/CMakeLists.txt)
    add_subdirectory(src/${name})
  else()
    add_subdirectory(${name})
  endif()
endfunction()

function(tare_sources)
  get_filename_component(name ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  # A room inside this one (hooks/cni) has its own library.
  file(GLOB inner CONFIGURE_DEPENDS */CMakeLists.txt)
  foreach(room IN LISTS inner)
    get_filename_component(directory ${room} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${directory}/")
  endforeach()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  add_library(tare_${name} STATIC ${sources})
  target_link_libraries(tare_${name} PUBLIC tare_flags ${ARGN})
  target_include_directories(tare_${name} BEFORE PRIVATE ${TARE_HEADERS})

  if(TARE_TESTS AND tests)
    find_package(GTest REQUIRED)
    add_executable(${name}_test ${tests})
    set_target_properties(${name}_test PROPERTIES UNITY_BUILD ON) # most of their compile time is Abseil's and GoogleTest's
    target_link_libraries(${name}_test PRIVATE tare_${name} GTest::gtest_main)
    add_test(NAME ${name} COMMAND ${name}_test)
  endif()
endfunction()
