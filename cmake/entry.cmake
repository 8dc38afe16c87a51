# Whether src/cli/entry.cc starts programs with this libc.a: TARE_ENTRY_STARTS.
option(TARE_OWN_ENTRY "Start without CPUID, which is slow in virtual machines, if the C library is the known one" ON)
if(TARE_OWN_ENTRY)
  try_run(TARE_ENTRY_STARTS TARE_ENTRY_LINKS SOURCES ${PROJECT_SOURCE_DIR}/cmake/entry_check.cc ${PROJECT_SOURCE_DIR}/src/cli/entry.cc
    LINK_OPTIONS -static -Wl,-e,tare_entry)
endif()
