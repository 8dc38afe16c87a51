// --mount and --volume: from Podman's words to mounts of a config.json.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "json/editor.h"

namespace tare::edit {

struct Mount {
  std::string destination;  // absolute, without "." and ".."
  std::string type;
  std::string source;
  std::vector<std::string> options;

  bool operator==(const Mount&) const = default;
};

// "type=bind,src=/srv,dst=/data,ro". Types: bind, tmpfs, ramfs and devpts. The fields are separated by
// commas; as in CSV, one in double quotes may contain them. A relative source is taken relative to the
// working directory, and a source that does not exist is an error.
StatusOr<Mount> ParseMount(absl::string_view text);

// "/srv:/data[:ro,noexec]"
StatusOr<Mount> ParseVolume(absl::string_view text);

// All of them, those of --mount first. Two with the same destination are an error.
StatusOr<std::vector<Mount>> ParseMounts(const std::vector<std::string>& mounts,
                                         const std::vector<std::string>& volumes);

// In place of the config's mount with the same destination, else before the first one below it, so that it
// does not hide that one, else as the last.
void SetMount(const Mount& mount, json::Editor& config);

// What Podman mounts with --read-only: a tmpfs on /run, /tmp and /var/tmp, unless the config mounts something
// there.
void AddWritableMounts(json::Editor& config);

}  // namespace tare::edit
