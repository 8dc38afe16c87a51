# What `cmake --install` copies, and where. Distributions move directories with the variables of GNUInstallDirs, and the zsh
# completion with TARE_ZSH_COMPLETIONS_DIR: Debian's packages use share/zsh/vendor-completions.
include(GNUInstallDirs)
set(TARE_ZSH_COMPLETIONS_DIR "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" CACHE STRING "Where zsh looks for completions")

# bin and not sbin: users without privileges run containers too, and Debian leaves sbin out of their PATH.
install(TARGETS tare RUNTIME)

# containerd finds a shim by the name of its executable.
set(shim containerd-shim-tare-v2)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/install)
file(CREATE_LINK tare ${PROJECT_BINARY_DIR}/install/${shim} SYMBOLIC)
install(FILES ${PROJECT_BINARY_DIR}/install/${shim} DESTINATION ${CMAKE_INSTALL_BINDIR})

# The hook program that OCI runtimes call.
file(CREATE_LINK tare ${PROJECT_BINARY_DIR}/install/tare-cni SYMBOLIC)
install(FILES ${PROJECT_BINARY_DIR}/install/tare-cni DESTINATION ${CMAKE_INSTALL_BINDIR})

file(GLOB manuals CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.8)
install(FILES ${manuals} DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
file(CREATE_LINK tare-shim.8 ${PROJECT_BINARY_DIR}/install/${shim}.8 SYMBOLIC)
install(FILES ${PROJECT_BINARY_DIR}/install/${shim}.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)

set(completions ${PROJECT_BINARY_DIR}/completions)
install(FILES ${completions}/tare.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tare)
install(FILES ${completions}/_tare DESTINATION ${TARE_ZSH_COMPLETIONS_DIR})
install(FILES ${completions}/tare.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# The README links to docs/ by relative paths.
install(FILES README.md CHANGELOG.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Configuration of the engines, to be copied by hand: none of them is changed by installing tare.
foreach(engine containerd docker podman crio kubernetes)
  install(DIRECTORY packaging/${engine} DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples PATTERN "*.sh"
    PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
