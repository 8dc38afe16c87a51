#!/bin/bash
# runc 1.1.5 (Debian 12) starts a container's program with the default action for every signal that its caller ignores, but for
# one: signal 34, the first real-time signal of the C library (SIGRTMIN), stays ignored. The good guess was "all are reset"
# or "all are kept", as execve(2) keeps them.
#
# Seen: of TERM, HUP, USR1, 34, 35 and 64, all ignored by the caller, the program finds SigIgn 0000000200000000: signal 34 alone.
#
# Needs root and Debian 12's package sources; leaves nothing behind. Fails if the behaviour changes.
set -euo pipefail

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

apt-get download -q runc=1.1.5+ds1-1+deb12u1 busybox-static=1:1.35.0-4+deb12u1+b1 >/dev/null
for package in ./*.deb; do dpkg-deb -x "$package" .; done
runc=$directory/usr/sbin/runc

mkdir -p bundle/rootfs/{bin,proc}
cp bin/busybox bundle/rootfs/bin/grep
cd bundle
"$runc" spec
sed -i 's/"terminal": true/"terminal": false/; s|"sh"|"/bin/grep", "SigIgn", "/proc/self/status"|' config.json

seen=$(env --ignore-signal=TERM,HUP,USR1,RTMIN,RTMIN+1,RTMAX "$runc" --root "$directory/root" run "finding-$$")
echo "$seen"
[ "$seen" = $'SigIgn:\t0000000200000000' ]
