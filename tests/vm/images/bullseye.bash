# The packages of v2 with the kernel of Debian 11, Linux 5.10.
# shellcheck shell=bash disable=SC2034 # read by build-image
# shellcheck source=v2.bash
. "$HERE/images/v2.bash"
KERNEL_SUITE=bullseye MORE_INPUTS=("$HERE/images/v2.bash")
