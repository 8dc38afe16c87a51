# The packages of v2 with the kernel of Debian 12, Linux 6.1.
# shellcheck shell=bash disable=SC2034 # read by build-image
# shellcheck source=v2.bash
. "$HERE/images/v2.bash"
KERNEL_SUITE=bookworm MORE_INPUTS=("$HERE/images/v2.bash")
