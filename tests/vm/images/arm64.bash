# Debian trixie for 64-bit ARM with what the integration tests need.
# shellcheck shell=bash disable=SC2034 # read by build-image
SUITE=trixie SIZE=4G ARCHITECTURE=arm64
PACKAGES=(libstdc++6 bats jq socat strace python3-minimal libcap2-bin bpftool)
warm() { bats --version && jq --version; } # the saved state has in memory what ran before
