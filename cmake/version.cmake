# The commit that `tare --version` prints; "unknown" outside a git checkout.
execute_process(COMMAND git describe --always --dirty --abbrev=12 --exclude=*
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE TARE_COMMIT
  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT TARE_COMMIT)
  set(TARE_COMMIT unknown)
endif()
