#include "edit/users.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "kernel/file.h"
#include "kernel/resolve.h"

namespace tare::edit {
namespace {

using Fields = std::vector<absl::string_view>;

constexpr size_t kMostOfDatabase = 16 << 20;

StatusOr<std::string> ReadInRoot(int root, const std::string& path) {
  const StatusOr<kernel::Fd> found = kernel::OpenInRoot(root, path, O_PATH);
  if (ErrnoOf(found.status()) == ENOENT) return "";
  TARE_RETURN_IF_ERROR(found.status());
  TARE_ASSIGN_OR_RETURN(const struct stat status, kernel::Stat(found->get()));
  if (!S_ISREG(status.st_mode)) return InvalidError(path, " in the root filesystem is not a regular file");
  TARE_ASSIGN_OR_RETURN(const kernel::Fd file, kernel::Reopen(found->get(), O_RDONLY));
  return kernel::ReadAll(file.get(), path, kMostOfDatabase);
}

// The lines with at least `least` fields.
std::vector<Fields> LinesOf(absl::string_view text, size_t least) {
  std::vector<Fields> lines;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    Fields fields = absl::StrSplit(line, ':');
    if (fields.size() >= least && !fields[0].empty()) lines.push_back(std::move(fields));
  }
  return lines;
}

bool IsNumber(absl::string_view text) {
  return text.find_first_not_of("0123456789") == absl::string_view::npos;
}

// 4294967295 means "unchanged" to the kernel.
std::optional<uint32_t> IdOf(absl::string_view text) {
  uint32_t id = 0;
  if (!IsNumber(text) || !absl::SimpleAtoi(text, &id) || id == UINT32_MAX) return std::nullopt;
  return id;
}

struct Account {
  std::string name;  // empty if it has none
  uint32_t uid = 0;
  uint32_t gid = 0;
};

// As in Podman, a number may also be a name, and the name is preferred.
StatusOr<Account> FindAccount(absl::string_view text, const UserDatabase& database) {
  std::optional<Account> by_number;
  for (const Fields& fields : LinesOf(database.passwd, 4)) {
    const std::optional<uint32_t> uid = IdOf(fields[2]);
    const std::optional<uint32_t> gid = IdOf(fields[3]);
    if (!uid || !gid) continue;
    const Account account{.name = std::string(fields[0]), .uid = *uid, .gid = *gid};
    if (account.name == text) return account;
    if (!by_number && IdOf(text) == uid) by_number = account;
  }
  if (by_number) return *by_number;
  if (!IsNumber(text))
    return InvalidError("unable to find user ", text, ": no matching entries in passwd file");
  const std::optional<uint32_t> uid = IdOf(text);
  if (!uid) return InvalidError("\"", text, "\" is not a user ID: use a number from 0 to 4294967294");
  return Account{.uid = *uid};
}

std::vector<uint32_t> GroupsOf(const std::string& user, const UserDatabase& database) {
  std::vector<uint32_t> gids;
  if (user.empty()) return gids;  // a group without members has the member ""
  for (const Fields& fields : LinesOf(database.group, 4)) {
    const Fields members = absl::StrSplit(fields[3], ',');
    const std::optional<uint32_t> gid = IdOf(fields[2]);
    if (gid && std::ranges::find(members, user) != members.end()) gids.push_back(*gid);
  }
  return gids;
}

void AddUnique(uint32_t gid, std::vector<uint32_t>& gids) {
  if (std::ranges::find(gids, gid) == gids.end()) gids.push_back(gid);
}

std::string RootfsOf(const json::Editor& config, const std::string& bundle) {
  const std::string path = config.String("/root/path").value_or("");
  return path.starts_with('/') ? path : absl::StrCat(bundle, "/", path);
}

json::Raw ListOf(const std::vector<uint32_t>& gids) {
  return {absl::StrCat("[", absl::StrJoin(gids, ","), "]")};
}

}  // namespace

StatusOr<UserDatabase> ReadUserDatabase(const std::string& rootfs) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd root, kernel::Open(rootfs, O_PATH | O_DIRECTORY));
  UserDatabase database;
  TARE_ASSIGN_OR_RETURN(database.passwd, ReadInRoot(root.get(), "/etc/passwd"));
  TARE_ASSIGN_OR_RETURN(database.group, ReadInRoot(root.get(), "/etc/group"));
  return database;
}

StatusOr<uint32_t> FindGroup(absl::string_view text, const UserDatabase& database) {
  for (const Fields& fields : LinesOf(database.group, 3))
    if (const std::optional<uint32_t> gid = IdOf(fields[2]); gid && fields[0] == text) return *gid;
  if (!IsNumber(text))
    return InvalidError("unable to find group ", text, ": no matching entries in group file");
  const std::optional<uint32_t> gid = IdOf(text);
  if (!gid) return InvalidError("\"", text, "\" is not a group ID: use a number from 0 to 4294967294");
  return *gid;
}

StatusOr<User> FindUser(absl::string_view text, const UserDatabase& database) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  const absl::string_view name = parts[0].empty() ? "0" : parts[0];
  TARE_ASSIGN_OR_RETURN(const Account account, FindAccount(name, database));
  User user{.uid = account.uid, .gid = account.gid};
  if (parts.size() == 2 && !parts[1].empty()) {
    TARE_ASSIGN_OR_RETURN(user.gid, FindGroup(parts[1], database));
    user.additional_gids = {user.gid};
    return user;
  }
  user.additional_gids = {user.gid};
  for (const uint32_t gid : GroupsOf(account.name, database)) AddUnique(gid, user.additional_gids);
  return user;
}

Status SetUser(const std::string& user, const std::vector<std::string>& groups, const std::string& bundle,
               json::Editor& config) {
  TARE_ASSIGN_OR_RETURN(const UserDatabase database, ReadUserDatabase(RootfsOf(config, bundle)),
                        user.empty() ? "--group-add" : "--user");
  std::vector<uint32_t> gids;
  if (!user.empty()) {
    TARE_ASSIGN_OR_RETURN(User found, FindUser(user, database), "--user");
    config.Set("/process/user/uid", found.uid);
    config.Set("/process/user/gid", found.gid);
    gids = std::move(found.additional_gids);
  } else {
    for (size_t i = 0; i < config.Size("/process/user/additionalGids"); ++i)
      if (const auto gid = config.Integer(absl::StrCat("/process/user/additionalGids/", i)))
        gids.push_back(static_cast<uint32_t>(*gid));
  }
  for (const std::string& group : groups) {
    TARE_ASSIGN_OR_RETURN(const uint32_t gid, FindGroup(group, database), "--group-add");
    AddUnique(gid, gids);
  }
  config.Set("/process/user/additionalGids", ListOf(gids));
  return absl::OkStatus();
}

}  // namespace tare::edit
