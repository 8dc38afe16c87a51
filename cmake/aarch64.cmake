# The toolchain file for 64-bit ARM: Debian's cross compiler, libraries of TARE_SYSROOT (cmake/sysroot makes it), and qemu-user
# for the programs that the build runs: the check of the entry point, tare's completion scripts, and unit tests.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L /usr/aarch64-linux-gnu)

set(TARE_SYSROOT "$ENV{TARE_SYSROOT}" CACHE PATH "Debian's arm64 libraries, unpacked")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TARE_SYSROOT)
set(CMAKE_FIND_ROOT_PATH ${TARE_SYSROOT} /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${TARE_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${TARE_SYSROOT}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/pkgconfig:${TARE_SYSROOT}/usr/share/pkgconfig)
