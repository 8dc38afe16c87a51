#!/usr/bin/env bats
# What is in the packages, and that they are what tests/package/run says they are: checked without installing them.
bats_require_minimum_version 1.5.0

setup_file() {
  export WORK=$BATS_FILE_TMPDIR
  VERSION=$("$BATS_TEST_DIRNAME/../../packaging/version")
  export VERSION
  NAME=tare-$VERSION
  ARCHITECTURE=$(dpkg-deb -f "$PACKAGES"/tare_*.deb Architecture)
  BINARY=$NAME-linux-$ARCHITECTURE
  case $ARCHITECTURE in
    amd64) RPM=$(echo "$PACKAGES"/tare-*.x86_64.rpm) MACHINE=x86-64 ;;
    arm64) RPM=$(echo "$PACKAGES"/tare-*.aarch64.rpm) MACHINE="ARM aarch64" ;;
  esac
  export NAME ARCHITECTURE BINARY RPM MACHINE
  mkdir "$WORK/deb" "$WORK/rpm"
  dpkg-deb -x "$PACKAGES"/tare_*.deb "$WORK/deb"
  (cd "$WORK/rpm" && rpm2cpio "$RPM" | cpio -id --quiet)
  tar -C "$WORK" -xf "$PACKAGES/$BINARY.tar.gz"
}

# An executable of another architecture needs qemu-user.
run_tare() { # EXECUTABLE ARGUMENT...
  if [ "$ARCHITECTURE" = "$(dpkg --print-architecture)" ]; then "$@"; else qemu-aarch64-static "$@"; fi
}

# Kind, mode, owner and path of each file, below usr/. Packages compress some of them.
listing() { # DIRECTORY
  find "$1" ! -type d -printf '%y %m %u:%g %P\n' | sed 's/\.gz$//' | sort
}

@test "checksums: every file has a correct one" {
  cd "$PACKAGES"
  sha256sum --check --quiet SHA256SUMS
  diff <(sed 's/^[0-9a-f]*  //' SHA256SUMS) <(find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%f\n' | LC_ALL=C sort)
}

@test "the tarball, the .deb and the .rpm have the same executable" {
  cmp "$WORK/$NAME/bin/tare" "$WORK/deb/usr/bin/tare"
  cmp "$WORK/$NAME/bin/tare" "$WORK/rpm/usr/bin/tare"
}

@test "the packages are for one architecture, and their executable says its version" {
  [ "$(rpm -qp --queryformat '%{ARCH}' "$RPM")" = "$([ "$ARCHITECTURE" = arm64 ] && echo aarch64 || echo x86_64)" ]
  [[ $(file -b "$WORK/$NAME/bin/tare") == *"ELF 64-bit"*"$MACHINE"*"statically linked"* ]]
  [[ $(run_tare "$WORK/$NAME/bin/tare" --version) == "tare version $VERSION"* ]]
}

@test "the packages have the executable that the other tests ran" {
  local tare=$BATS_TEST_DIRNAME/../../build/release/tare
  [ "$ARCHITECTURE" != arm64 ] || tare=$BATS_TEST_DIRNAME/../../build/arm64/tare
  [ -e "$tare" ] || skip "$tare is not built"
  [ "$(run_tare "$tare" --version)" = "$(run_tare "$WORK/$NAME/bin/tare" --version)" ] || skip "$tare is of another commit"
  cmp "$tare" "$WORK/$NAME/bin/tare"
}

@test "the tarball has executable, shim, manual pages, completions and documents" {
  local tree=$WORK/$NAME
  [ "$(readlink "$tree/bin/containerd-shim-tare-v2")" = tare ]
  [ "$(readlink "$tree/bin/tare-cni")" = tare ]
  for page in tare tare-run tare-shim containerd-shim-tare-v2; do [ -s "$tree/share/man/man8/$page.8" ]; done
  bash -c '. "$1"; complete -p tare' bash "$tree/share/bash-completion/completions/tare"
  [ -s "$tree/share/zsh/site-functions/_tare" ] && [ -s "$tree/share/fish/vendor_completions.d/tare.fish" ]
  for file in README.md CHANGELOG.md SECURITY.md LICENSE THIRD-PARTY-NOTICES docs/architecture.md; do
    [ -s "$tree/share/doc/tare/$file" ] || { echo "no $file" && return 1; }
  done
  listing "$WORK/$NAME" | awk '$2 ~ /[2367].$|[2367]$/ && $1 != "l" || $3 != "root:root"' | diff /dev/null - # nothing that others may write
  run ! grep -rIl "$PACKAGES" "$tree"
}

@test "the .deb has the tarball's files, with the changelog and the licence where Debian keeps them" {
  diff <(listing "$WORK/$NAME" | grep -v /LICENSE | sed 's,/CHANGELOG.md,/changelog,; s,/site-functions/,/vendor-completions/,' | sort) \
    <(listing "$WORK/deb/usr" | grep -vE '/(copyright|changelog.Debian|lintian/overrides/tare)$')
}

@test "the .rpm has the tarball's files, with the licence where RPM keeps licences" {
  diff <(listing "$WORK/$NAME" | sed 's, share/doc/tare/LICENSE, share/licenses/LICENSE,' | sort) \
    <(listing "$WORK/rpm/usr" | sed -E 's,licenses/tare[^/]*/,licenses/,' | sort)
}

@test "the .rpm lists owners and modes, and has no scripts" {
  rpm -qp --queryformat '[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES}\n]' "$RPM" >"$WORK/list"
  grep -qx -- '-rwxr-xr-x root:root /usr/bin/tare' "$WORK/list"
  grep -qx -- 'lrwxrwxrwx root:root /usr/bin/containerd-shim-tare-v2' "$WORK/list"
  run ! grep -vE '^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root:root /usr/' "$WORK/list"
  [ -z "$(rpm -qp --scripts "$RPM")" ]
  diff <(rpm -qp --provides "$RPM" | sed -n 's/^bundled(\(.*\))$/\1/p' | sort) \
    <("$BATS_TEST_DIRNAME/../../packaging/libraries" names | sort)
}

@test "the .deb has no dependencies and no scripts, and names the libraries inside" {
  local fields
  fields=$(dpkg-deb -f "$PACKAGES"/tare_*.deb)
  run ! grep -E '^(Pre-)?Depends:' <<<"$fields"
  grep -q '^Static-Built-Using: .*abseil (= .*libseccomp (= ' <<<"$fields"
  grep -Eq '^Built-Using: .*(glibc|cross-toolchain-base) \(= .*libseccomp \(= ' <<<"$fields"
  [ "$(dpkg-deb --ctrl-tarfile "$PACKAGES"/tare_*.deb | tar -t | sort | paste -sd ' ')" = "./ ./control ./md5sums" ]
}

@test "the SBOM names tare by its checksum, and each library with the version that Debian's package has" {
  local sbom=$PACKAGES/$BINARY.spdx.json
  [ "$(jq -r '.packages[] | select(.name == "tare") | .checksums[0].checksumValue' "$sbom")" = \
    "$(sha256sum <"$WORK/$NAME/bin/tare" | cut -d' ' -f1)" ]
  # shellcheck disable=SC2016 # dpkg-query expands it
  [ "$ARCHITECTURE" = arm64 ] ||
    [ "$(jq -r '.packages[] | select(.name == "abseil-cpp") | .versionInfo' "$sbom")" = "$(dpkg-query -W -f '${source:Version}' libabsl-dev)" ]
  jq -e 'all(.packages[]; .versionInfo | length > 0)' "$sbom"
  jq -e '[.relationships[] | select(.relationshipType == "STATIC_LINK") | .relatedSpdxElement] - [.packages[].SPDXID] == []' "$sbom"
  jq -e '[.packages[].SPDXID] | length == (unique | length)' "$sbom"
}

@test "lintian: no error and no unexplained warning" {
  run -0 lintian --fail-on error,warning --tag-display-limit 0 --allow-root "$PACKAGES"/tare_*.changes
  [ -z "$output" ] || { echo "$output" && return 1; }
}

@test "rpmlint: no error and no unexplained warning" {
  run -0 rpmlint --config "$BATS_TEST_DIRNAME/rpmlint.toml" "$PACKAGES"/tare-*.rpm "$BATS_TEST_DIRNAME/../../packaging/tare.spec"
  grep -q ' 0 errors, 0 warnings' <<<"$output"
}

@test "the source package has the source tarball, and its packaging" {
  [ "$ARCHITECTURE" = amd64 ] || skip "a cross build makes none"
  cmp "$PACKAGES/$NAME.tar.gz" "$PACKAGES/tare_$VERSION.orig.tar.gz"
  tar -tf "$PACKAGES"/tare_*.debian.tar.xz | grep -qx debian/rules
  rpm -qpl "$PACKAGES"/tare-*.src.rpm | grep -qx "$NAME.tar.gz"
}
