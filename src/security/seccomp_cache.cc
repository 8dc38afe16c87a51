// The cache of compiled filters: a directory with one small file for each profile. An entry consists of
//   the size of the key (8 bytes), the key, and the output of SerializeSeccomp(),
// and its name is a hash of the key. The hash does not have to be strong, because the whole key is compared.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "absl/strings/str_format.h"
#include "base/log.h"
#include "base/step.h"
#include "kernel/file.h"
#include "security/seccomp.h"

namespace tare::security {
namespace {

constexpr char kProgramMagic[] = "tare-bpf";
constexpr int kCacheFormat = 4;  // increase it if a profile compiles to another program than before
constexpr size_t kMaxEntries = 64;
constexpr size_t kMaxEntryBytes = 512 << 10;  // 64 of them are 32 MiB

struct ProgramHeader {
  char magic[8];
  uint32_t flags;
  uint32_t notifies;
  uint64_t instructions;
  uint64_t checksum;
};

// A multiply-and-rotate hash, eight bytes per step. It detects accidents, not attacks.
uint64_t Hash(absl::string_view bytes) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 / the golden ratio
  uint64_t hash = bytes.size() * kOdd;
  while (!bytes.empty()) {
    uint64_t word = 0;
    const size_t size = std::min(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), size);
    bytes.remove_prefix(size);
    hash = std::rotl((hash ^ word) * kOdd, 29);
  }
  return (hash ^ (hash >> 32)) * kOdd;
}

absl::string_view Bytes(const std::vector<sock_filter>& filter) {
  return {reinterpret_cast<const char*>(filter.data()), filter.size() * sizeof(sock_filter)};
}

// The header is part of the checksum, so that any damaged byte of an entry is detected.
uint64_t Checksum(ProgramHeader header, absl::string_view code) {
  header.checksum = Hash(code);
  return Hash({reinterpret_cast<const char*>(&header), sizeof header});
}

// Strings end with a byte that they cannot contain, so that two profiles never have the same key.
void AppendString(std::string& key, absl::string_view text) {
  absl::StrAppend(&key, text, absl::string_view("", 1));
}

void AppendErrno(std::string& key, std::optional<uint32_t> value) {
  absl::StrAppend(&key, value ? absl::StrCat(*value) : "-", ";");
}

// Neither the order of these lists nor repetitions in them change the program. Engines write them sorted.
void AppendSet(std::string& key, const std::vector<std::string>& list) {
  std::vector<absl::string_view> set(list.begin(), list.end());
  if (std::ranges::adjacent_find(set, std::ranges::greater_equal()) != set.end()) {
    std::ranges::sort(set);
    set.erase(std::unique(set.begin(), set.end()), set.end());
  }
  absl::StrAppend(&key, set.size(), ":");
  for (absl::string_view text : set) AppendString(key, text);
}

void AppendRule(std::string& key, const spec::SeccompRule& rule) {
  AppendSet(key, rule.names);
  AppendString(key, rule.action);
  AppendErrno(key, rule.errno_ret);
  absl::StrAppend(&key, rule.args.size(), ":");
  for (const spec::SeccompArg& arg : rule.args) {
    absl::StrAppend(&key, arg.index, ",", arg.value, ",", arg.value_two, ",");
    AppendString(key, arg.op);
  }
}

// Everything that the program depends on, which excludes the listener's path and metadata.
std::string Key(const spec::Seccomp& seccomp) {
  std::string key = absl::StrCat("tare seccomp ", kCacheFormat, ", libseccomp ", LibseccompVersion(), "\n");
  AppendString(key, seccomp.default_action);
  AppendErrno(key, seccomp.default_errno_ret);
  AppendSet(key, seccomp.architectures);
  key.push_back(seccomp.flags ? 'f' : '-');
  if (seccomp.flags) AppendSet(key, *seccomp.flags);
  absl::StrAppend(&key, seccomp.syscalls.size(), ":");
  for (const spec::SeccompRule& rule : seccomp.syscalls) AppendRule(key, rule);
  return key;
}

// The directory must belong to us, and other users must not be able to write to it.
StatusOr<kernel::Fd> OpenCache(const std::string& path) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd fd, kernel::Open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  TARE_ASSIGN_OR_RETURN(const struct stat st, kernel::Stat(fd.get()));
  if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": must be a directory with mode 0700 that belongs to this user"));
  return fd;
}

StatusOr<SeccompProgram> ReadEntry(int cache, const std::string& name, absl::string_view key) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd fd, kernel::OpenAt(cache, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  TARE_ASSIGN_OR_RETURN(const struct stat st, kernel::Stat(fd.get()));
  if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
    return absl::FailedPreconditionError("must be a file with mode 0600 that belongs to this user");
  TARE_ASSIGN_OR_RETURN(const std::string entry, kernel::ReadAll(fd.get(), name, kMaxEntryBytes));
  uint64_t key_size = 0;
  if (entry.size() < sizeof key_size + key.size()) return absl::DataLossError("the entry is too short");
  std::memcpy(&key_size, entry.data(), sizeof key_size);
  absl::string_view rest = absl::string_view(entry).substr(sizeof key_size);
  if (key_size != key.size() || rest.substr(0, key.size()) != key)
    return absl::DataLossError("the entry is for another profile");
  return ParseSeccomp(rest.substr(key.size()));
}

// Removes the oldest entries until there is room for one more.
Status MakeRoom(int cache) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> names, kernel::ListDirectory(cache));
  if (names.size() < kMaxEntries) return absl::OkStatus();
  std::vector<std::pair<int64_t, std::string>> by_age;
  for (const std::string& name : names) {
    struct stat st {};
    if (fstatat(cache, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) by_age.emplace_back(st.st_mtime, name);
  }
  std::sort(by_age.begin(), by_age.end());
  for (size_t i = 0; i + kMaxEntries <= by_age.size(); ++i) unlinkat(cache, by_age[i].second.c_str(), 0);
  return absl::OkStatus();
}

Status WriteEntry(const std::string& directory, const std::string& name, absl::string_view key,
                  const SeccompProgram& program) {
  const uint64_t key_size = key.size();
  const absl::string_view size_bytes(reinterpret_cast<const char*>(&key_size), sizeof key_size);
  const std::string entry = absl::StrCat(size_bytes, key, SerializeSeccomp(program));
  if (entry.size() > kMaxEntryBytes) return InvalidError("the profile is too large");
  TARE_STEP("seccomp: put the filter into the cache: ", directory, "/", name);
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(directory, 0700));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd cache, OpenCache(directory));
  TARE_RETURN_IF_ERROR(MakeRoom(cache.get()));
  return kernel::ReplaceFile(cache.get(), name, entry, 0600);
}

StatusOr<SeccompProgram> Lookup(const std::string& directory, const std::string& name,
                                absl::string_view key) {
  TARE_STEP("seccomp: look for the filter in the cache: ", directory, "/", name);
  TARE_ASSIGN_OR_RETURN(const kernel::Fd cache, OpenCache(directory));
  return ReadEntry(cache.get(), name, key);
}

}  // namespace

std::string SerializeSeccomp(const SeccompProgram& program) {
  ProgramHeader header{
      .flags = program.flags, .notifies = program.notifies ? 1U : 0U, .instructions = program.filter.size()};
  std::memcpy(header.magic, kProgramMagic, sizeof header.magic);
  header.checksum = Checksum(header, Bytes(program.filter));
  return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&header), sizeof header),
                      Bytes(program.filter));
}

StatusOr<SeccompProgram> ParseSeccomp(absl::string_view bytes) {
  const Status damaged = absl::DataLossError("the saved seccomp filter is damaged");
  ProgramHeader header{};
  if (bytes.size() < sizeof header) return damaged;
  std::memcpy(&header, bytes.data(), sizeof header);
  const absl::string_view code = bytes.substr(sizeof header);
  if (absl::string_view(header.magic, sizeof header.magic) != kProgramMagic ||
      header.instructions > BPF_MAXINSNS || code.size() != header.instructions * sizeof(sock_filter) ||
      header.checksum != Checksum(header, code))
    return damaged;
  SeccompProgram program{.flags = header.flags, .notifies = header.notifies != 0};
  program.filter.resize(header.instructions);
  std::memcpy(program.filter.data(), code.data(), code.size());
  return program;
}

StatusOr<SeccompProgram> FetchSeccomp(const spec::Seccomp& seccomp, const std::string& cache_directory) {
  const std::string key = Key(seccomp);
  const std::string name = absl::StrFormat("%016x", Hash(key));
  StatusOr<SeccompProgram> cached = Lookup(cache_directory, name, key);
  if (cached.ok()) {
    log::Debug("seccomp: the cache has the filter: ", cached->filter.size(), " instructions");
    return cached;
  }
  log::Debug("seccomp: compiling the filter: ", cached.status().message());

  TARE_ASSIGN_OR_RETURN(SeccompProgram program, CompileSeccomp(seccomp));
  log::Debug("seccomp: the filter has ", program.filter.size(), " instructions");
  if (Status status = WriteEntry(cache_directory, name, key, program); !status.ok())
    log::Debug("seccomp: the filter is not cached: ", status.message());
  return program;
}

}  // namespace tare::security
