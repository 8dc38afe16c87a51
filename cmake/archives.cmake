# For a static link. Debian's CMake packages and pkg-config name shared libraries, which ld refuses with -static; the
# archives lie beside them.
set(TARE_SHARED_SUFFIX "\\.so(\\.[0-9]+)*$")

list(TRANSFORM SECCOMP_LINK_LIBRARIES REPLACE ${TARE_SHARED_SUFFIX} ".a")
list(TRANSFORM CAP_LINK_LIBRARIES REPLACE ${TARE_SHARED_SUFFIX} ".a")
list(TRANSFORM YAML_LINK_LIBRARIES REPLACE ${TARE_SHARED_SUFFIX} ".a")

get_property(libraries DIRECTORY PROPERTY IMPORTED_TARGETS)
foreach(library ${libraries})
  get_target_property(configurations ${library} IMPORTED_CONFIGURATIONS)
  foreach(configuration ${configurations})
    get_target_property(path ${library} IMPORTED_LOCATION_${configuration})
    string(REGEX REPLACE ${TARE_SHARED_SUFFIX} ".a" archive "${path}")
    if(NOT archive STREQUAL path AND EXISTS ${archive})
      set_target_properties(${library} PROPERTIES IMPORTED_LOCATION_${configuration} ${archive})
    endif()
  endforeach()
endforeach()
