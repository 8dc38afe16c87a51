# Debian trixie with what the unit and integration tests need, and nothing else.
# shellcheck shell=bash disable=SC2034 # read by build-image
SUITE=trixie SIZE=4G
PACKAGES=(libstdc++6 bats jq socat strace python3-minimal libcap2-bin systemd-container bpftool iptables checkpolicy criu)
warm() { bats --version && jq --version; } # the saved state has in memory what ran before
