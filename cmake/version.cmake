# The commit that `tare --version` prints: what `git archive` wrote here, else what git says, else "unknown".
set(TARE_COMMIT "$Format:%H$")
if(TARE_COMMIT MATCHES "Format")
  execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=*
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE TARE_COMMIT
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
string(LENGTH "${TARE_COMMIT}" length)
if(length EQUAL 40)
  string(SUBSTRING "${TARE_COMMIT}" 0 12 TARE_COMMIT)
endif()
if(NOT TARE_COMMIT)
  set(TARE_COMMIT unknown)
endif()
