#!/usr/bin/env bats
# The flags of a bind mount, as they follow from the flags of its source and from its options. Many mounts in one
# container, in tables. The rule is runc's: options that name no flag change nothing; otherwise the mount has the
# named flags and no others, except for access times, which are kept unless an option sets or clears one. In a user namespace
# the host's flags are locked: they are kept if no option clears them, and it is an error if one does.
# shellcheck disable=SC2016 # jq and the shells expand what is in single quotes
load helper

# One tmpfs for each NAME:FLAGS, in a new mount namespace.
SOURCES="plain:relatime ro:ro safe:nosuid,nodev,noexec noatime:noatime nodir:nodiratime strict:strictatime
  nolink:nosymfollow mixed:ro,noexec,nosymfollow,nodiratime
  all:ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow"
NAMES="plain ro safe noatime nodir strict nolink mixed all"

# Runs the container in the mount namespace of the sources.
among_sources() {
  unshare --mount sh -c '
    for source in $1; do
      directory=$2/${source%%:*}
      mkdir -p "$directory" && mount -t tmpfs none "$directory" && mount -o "remount,bind,${source#*:}" "$directory" || exit 1
    done
    exec timeout 60 "$3" --root "$4" run --bundle "$5" "$6"' \
    sh "$SOURCES" "$BATS_TEST_TMPDIR/from" "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
}

bind_each() { # < WORDS/SOURCE FLAGS
  update_config --arg from "$BATS_TEST_TMPDIR/from/" --arg cells "$(cat)" '.mounts += ($cells | split("\n") |
    map(select(. != "") | split(" ")[0] | split("/")) |
    map({destination: ("/m/" + join("/")), type: "bind", source: ($from + .[1]), options: (.[0] | split(","))}))'
}

# $output as WORDS/SOURCE FLAGS.
flags() {
  awk '$5 ~ "^/m/" {
    n = split("ro nosuid nodev noexec noatime relatime nodiratime nosymfollow", word, " ")
    split("r s d x a R D y", letter, " ")
    seen = ""
    for (i = 1; i <= n; i++) if (("," $6 ",") ~ ("," word[i] ",")) seen = seen letter[i]
    print substr($5, 4), (seen == "" ? "-" : seen)
  }' <<<"$output" | sort
}

# The table: a row for WORDS, a cell for each of the NAMES: r ro, s nosuid, d nodev, x noexec, a noatime, R relatime,
# D nodiratime, y nosymfollow; "-" none (strictatime), "!" refused.
cells() { # < TABLE
  awk -v names="$NAMES" '!/^#/ { n = split(names, name, " "); for (i = 1; i <= n; i++) print $1 "/" name[i], $(i + 1) }' | sort
}

table_holds() { # < TABLE
  cells | grep -v ' !$' >"$BATS_TEST_TMPDIR/cells"
  bind_each <"$BATS_TEST_TMPDIR/cells"
  set_args probe mounts
  run -0 among_sources
  diff "$BATS_TEST_TMPDIR/cells" <(flags)
}

map_ids() {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
}

@test "bind flags: options set flags, and without any the source's flags are kept" {
  table_holds <<'TABLE'
# words                      plain   ro      safe    noatime nodir   strict  nolink  mixed   all
bind                         R       rR      sdxR    a       RD      -       Ry      rxRDy   rsdxaDy
bind,rprivate                R       rR      sdxR    a       RD      -       Ry      rxRDy   rsdxaDy
bind,ro                      rR      rR      rR      ra      rRD     r       rR      rRD     raD
bind,nosuid                  sR      sR      sR      sa      sRD     s       sR      sRD     saD
bind,noatime                 a       a       a       a       a       a       a       a       a
bind,nodiratime              RD      RD      RD      RD      RD      RD      RD      RD      RD
bind,relatime                R       R       R       R       R       R       R       R       R
bind,strictatime             -       -       -       -       -       -       -       -       -
bind,noatime,relatime        a       a       a       a       a       a       a       a       a
bind,noatime,strictatime     -       -       -       -       -       -       -       -       -
bind,strictatime,noatime     -       -       -       -       -       -       -       -       -
bind,nodiratime,strictatime  D       D       D       D       D       D       D       D       D
bind,nodiratime,norelatime   RD      RD      RD      RD      RD      RD      RD      RD      RD
bind,nosymfollow             Ry      Ry      Ry      ay      RDy     y       Ry      RDy     aDy
bind,ro,symfollow            rR      rR      rR      ra      rRD     r       rR      rRD     raD
bind,ro,exec                 rR      rR      rR      ra      rRD     r       rR      rRD     raD
bind,nosuid,nodev,rprivate   sdR     sdR     sdR     sda     sdRD    sd      sdR     sdRD    sdaD
bind,sync                    R       R       R       a       RD      -       R       RD      aD
TABLE
}

@test "bind flags: options clear flags" {
  only_tare "runc 1.1 does nothing for them alone"
  table_holds <<'TABLE'
# words                plain   ro      safe    noatime nodir   strict  nolink  mixed   all
bind,rw                R       R       R       a       RD      -       R       RD      aD
bind,suid              R       R       R       a       RD      -       R       RD      aD
bind,dev               R       R       R       a       RD      -       R       RD      aD
bind,exec              R       R       R       a       RD      -       R       RD      aD
bind,rw,suid,dev,exec  R       R       R       a       RD      -       R       RD      aD
bind,atime             R       R       R       R       RD      -       R       RD      RD
bind,diratime          R       R       R       a       R       -       R       R       a
bind,norelatime        R       R       R       a       RD      -       R       RD      aD
bind,nostrictatime     R       R       R       a       RD      R       R       RD      aD
bind,symfollow         R       R       R       a       RD      -       R       RD      aD
bind,async             R       R       R       a       RD      -       R       RD      aD
TABLE
}

IN_USER_NAMESPACE=$(cat <<'TABLE'
# words                      plain   ro      safe    noatime nodir   strict  nolink  mixed   all
bind                         R       rR      sdxR    a       RD      -       Ry      rxRDy   rsdxaDy
bind,rprivate                R       rR      sdxR    a       RD      -       Ry      rxRDy   rsdxaDy
bind,ro                      rR      rR      rsdxR   ra      rRD     r       rR      rxRD    rsdxaD
bind,rw                      R       !       sdxR    a       RD      -       R       !       !
bind,nosuid                  sR      rsR     sdxR    sa      sRD     s       sR      rsxRD   rsdxaD
bind,suid                    R       rR      !       a       RD      -       R       rxRD    !
bind,dev                     R       rR      !       a       RD      -       R       rxRD    !
bind,exec                    R       rR      !       a       RD      -       R       !       !
bind,rw,suid,dev,exec        R       !       !       a       RD      -       R       !       !
bind,noatime                 !       !       !       a       !       !       !       !       !
bind,atime                   R       rR      sdxR    a       RD      -       R       rxRD    !
bind,nodiratime              !       !       !       !       RD      !       !       !       !
bind,diratime                R       rR      sdxR    a       RD      -       R       !       !
bind,relatime                R       rR      sdxR    !       !       !       R       !       !
bind,norelatime              R       !       !       a       RD      -       R       !       rsdxaD
bind,strictatime             !       !       !       !       !       -       !       !       !
bind,nostrictatime           R       rR      sdxR    a       RD      -       R       rxRD    rsdxaD
bind,noatime,relatime        !       !       !       a       !       !       !       !       !
bind,noatime,strictatime     !       !       !       !       !       -       !       !       !
bind,strictatime,noatime     !       !       !       !       !       -       !       !       !
bind,nodiratime,strictatime  !       !       !       !       !       !       !       !       !
bind,nodiratime,norelatime   !       !       !       !       RD      !       !       !       !
bind,nosymfollow             Ry      rRy     sdxRy   ay      RDy     y       Ry      rxRDy   rsdxaDy
bind,symfollow               R       rR      sdxR    a       RD      -       R       rxRD    rsdxaD
bind,ro,symfollow            rR      rR      rsdxR   ra      rRD     r       rR      rxRD    rsdxaD
bind,ro,exec                 rR      rR      !       ra      rRD     r       rR      !       !
bind,nosuid,nodev,rprivate   sdR     rsdR    sdxR    sda     sdRD    sd      sdR     rsdxRD  rsdxaD
bind,sync                    R       rR      sdxR    a       RD      -       R       rxRD    rsdxaD
bind,async                   R       rR      sdxR    a       RD      -       R       rxRD    rsdxaD
TABLE
)

@test "bind flags: a user namespace keeps the flags that no option clears" {
  only_tare "runc 1.1 refuses what would lose a flag"
  map_ids
  table_holds <<<"$IN_USER_NAMESPACE"
}

# One cell a row, because each takes a container.
@test "bind flags: a user namespace cannot clear locked flags or change access times" {
  local cell
  only_tare "runc 1.1 has other words for it"
  map_ids
  cp "$BUNDLE/config.json" "$OUT.json"
  set_args true
  cells <<<"$IN_USER_NAMESPACE" | grep ' !$' | sort --unique --field-separator / --key 1,1 >"$OUT.refused"
  [ "$(wc -l <"$OUT.refused")" -ge 15 ]
  while read -r cell; do
    cp "$OUT.json" "$BUNDLE/config.json"
    bind_each <<<"$cell"
    run ! among_sources 3>&-
    expect "error mounting" "$BATS_TEST_TMPDIR/from/" "to rootfs at" "/m/${cell% *}" "operation not permitted"
  done <"$OUT.refused"
}

@test "bind flags: a remount has exactly the flags that it names" {
  update_config '.mounts += [
    {destination: "/m/bind/tmpfs", type: "tmpfs", source: "a", options: ["nosuid", "nodev", "noatime"]},
    {destination: "/m/bind/tmpfs", type: "bind", source: "/", options: ["bind", "remount", "ro"]},
    {destination: "/m/none/tmpfs", type: "tmpfs", source: "a", options: ["nosuid", "nodev", "noatime"]},
    {destination: "/m/none/tmpfs", type: "bind", source: "/", options: ["bind", "remount"]},
    {destination: "/m/size/tmpfs", type: "tmpfs", source: "a", options: ["nosuid", "nodev", "noatime"]},
    {destination: "/m/size/tmpfs", type: "tmpfs", source: "a", options: ["remount", "size=64k", "noexec"]}]'
  in_container probe mounts
  diff <(printf '%s\n' "bind/tmpfs ra" "none/tmpfs a" "size/tmpfs xa") <(flags)
  mount_has /m/size/tmpfs size=64k
}

@test "bind flags: recursive access times are set" {
  table_holds <<'TABLE'
# words                          plain   ro      safe    noatime nodir   strict  nolink  mixed   all
rbind,rnoatime                   a       ra      sdxa    a       aD      a       ay      rxaDy   rsdxaDy
rbind,rrelatime                  R       rR      sdxR    R       RD      R       Ry      rxRDy   rsdxRDy
rbind,rstrictatime               -       r       sdx     -       D       -       y       rxDy    rsdxDy
rbind,rnorelatime                R       rR      sdxR    a       RD      -       Ry      rxRDy   rsdxaDy
rbind,rnodiratime                RD      rRD     sdxRD   aD      RD      D       RDy     rxRDy   rsdxaDy
rbind,rdiratime                  R       rR      sdxR    a       R       -       Ry      rxRy    rsdxay
rbind,rnoatime,rrelatime         a       ra      sdxa    a       aD      a       ay      rxaDy   rsdxaDy
rbind,rrelatime,rnoatime         a       ra      sdxa    a       aD      a       ay      rxaDy   rsdxaDy
rbind,rstrictatime,rrelatime     -       r       sdx     -       D       -       y       rxDy    rsdxDy
rbind,rnoatime,rnostrictatime    a       ra      sdxa    a       aD      a       ay      rxaDy   rsdxaDy
rbind,noatime,rstrictatime       -       -       -       -       -       -       -       -       -
rbind,ro,rrelatime,rnodev        rdR     rdR     rdR     rdR     rdRD    rdR     rdR     rdRD    rdRD
TABLE
}

@test "bind flags: recursive access times are cleared" {
  only_tare "the kernel refuses what runc asks for"
  table_holds <<'TABLE'
# words                          plain   ro      safe    noatime nodir   strict  nolink  mixed   all
rbind,ratime                     R       rR      sdxR    R       RD      R       Ry      rxRDy   rsdxRDy
rbind,rnostrictatime             R       rR      sdxR    R       RD      R       Ry      rxRDy   rsdxRDy
rbind,rnoatime,ratime            R       rR      sdxR    R       RD      R       Ry      rxRDy   rsdxRDy
rbind,rstrictatime,rnostrictatime R      rR      sdxR    R       RD      R       Ry      rxRDy   rsdxRDy
TABLE
}

@test "bind flags: contradictory recursive access times are an error" {
  add_mount /m bind "$BUNDLE" rbind rnoatime rstrictatime
  refuses "error mounting" "to rootfs at" "invalid argument"
}
