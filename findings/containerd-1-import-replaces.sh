#!/bin/bash
# containerd 1.6.20 (Debian 12): a file named in `imports` that adds one runtime to the CRI plugin replaces the plugin's whole
# section of the importing file. The good guess was that the tables are merged, as they are within one file.
#
# Seen: config.toml sets sandbox_image and imports a file that only adds the runtime "other". `containerd config dump` shows
# "other", and the default sandbox_image. With the same table in config.toml itself, sandbox_image is kept.
#
# Needs Debian 12's package sources, and not root; leaves nothing behind. Fails if the behaviour changes.
set -euo pipefail

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

apt-get download -q containerd=1.6.20~ds1-1+deb12u3 >/dev/null
dpkg-deb -x ./containerd_*.deb .

cat >settings <<'END'
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.example.com/pause:1"
END
cat >runtime <<'END'
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.other]
  runtime_type = "io.containerd.runc.v2"
END
{ echo 'version = 2' && cat runtime; } >imported.toml
{ echo 'version = 2' && echo "imports = [\"$directory/imported.toml\"]" && cat settings; } >importing.toml
{ echo 'version = 2' && cat settings runtime; } >single.toml

seen() { usr/bin/containerd --config "$1" config dump | sed -nE 's/^ *(sandbox_image = .*|\[.*\.runtimes\.other\])$/\1/p'; }

echo "imported: $(seen importing.toml | xargs -d '\n')"
echo "one file: $(seen single.toml | xargs -d '\n')"
seen importing.toml | grep -q 'runtimes.other'
seen importing.toml | grep -q 'sandbox_image = "registry.k8s.io/pause:'
seen single.toml | grep -q 'runtimes.other'
seen single.toml | grep -q 'sandbox_image = "registry.example.com/pause:1"'
