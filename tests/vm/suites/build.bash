# Sourced by the suites: the programs of this machine's architecture.
# shellcheck shell=bash disable=SC2034 # the suites use them
BUILD=build/release
[ "$(uname -m)" != aarch64 ] || BUILD=build/arm64
export RUNTIME=$PWD/$BUILD/tare PROBE=$PWD/$BUILD/tests/probe/probe
