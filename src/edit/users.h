// --user and --group-add: names are looked up in the rootfs's /etc/passwd and /etc/group.
//
// The rootfs is hostile: the files are resolved inside it and must be regular files, so that neither a link
// to the host's /etc/passwd nor a FIFO does harm. What config.json mounts over them is not seen, because no
// mount exists yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "json/editor.h"

namespace tare::edit {

// The text of passwd(5) and of group(5); empty if there is no such file.
struct UserDatabase {
  std::string passwd;
  std::string group;
};
StatusOr<UserDatabase> ReadUserDatabase(const std::string& rootfs);

struct User {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> additional_gids;

  bool operator==(const User&) const = default;
};

// "UID[:GID]" or "NAME[:GROUP]", as in Podman: without a group, it is the one in /etc/passwd (0 if the user
// is not listed there) and the additional ones are those that list the user as a member. With a group there
// are no others.
StatusOr<User> FindUser(absl::string_view text, const UserDatabase& database);

// A number, or a name in group(5).
StatusOr<uint32_t> FindGroup(absl::string_view text, const UserDatabase& database);

// Sets process.user; an empty `user` leaves it as it is. `groups` are added to the additional ones.
Status SetUser(const std::string& user, const std::vector<std::string>& groups, const std::string& bundle,
               json::Editor& config);

}  // namespace tare::edit
