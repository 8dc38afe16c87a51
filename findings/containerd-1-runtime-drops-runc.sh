#!/bin/bash
# containerd 1.6.20 (Debian 12): a table for any runtime in config.toml removes the built-in runtime "runc", which stays the
# default runtime by name. The good guess was that the new runtime is added, since other keys of the same section keep their
# defaults.
#
# Seen: `containerd config dump` has runtimes.runc for a config.toml that sets only sandbox_image, and no longer has it once
# that file adds runtimes.other; default_runtime_name is "runc" in both.
#
# Needs Debian 12's package sources, and not root; leaves nothing behind. Fails if the behaviour changes.
set -euo pipefail

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

apt-get download -q containerd=1.6.20~ds1-1+deb12u3 >/dev/null
dpkg-deb -x ./containerd_*.deb .

cat >plain.toml <<'END'
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.example.com/pause:1"
END
cp plain.toml added.toml
cat >>added.toml <<'END'
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.other]
  runtime_type = "io.containerd.runc.v2"
END

seen() { usr/bin/containerd --config "$1" config dump | grep -oE '(default_runtime_name = .*|runtimes\.[a-z]+\])$'; }

echo "plain: $(seen plain.toml | xargs -d '\n')"
echo "added: $(seen added.toml | xargs -d '\n')"
[ "$(seen plain.toml)" = $'default_runtime_name = "runc"\nruntimes.runc]' ]
[ "$(seen added.toml)" = $'default_runtime_name = "runc"\nruntimes.other]' ]
