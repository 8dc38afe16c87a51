// System calls by name, to see whether a container may make them: each prints "ok" or the name of errno.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

#include "probe.h"

namespace probe {
namespace {

// A word that begins with a digit or "-" is a number (0x and 0 prefixes count), "NULL" is a null pointer, and
// any other is a string.
long Argument(const std::string& word) {
  if (word == "NULL") return 0;
  if (std::isdigit(static_cast<unsigned char>(word[0])) != 0 || word[0] == '-') {
    return static_cast<long>(std::strtoull(word.c_str(), nullptr, 0));
  }
  return reinterpret_cast<long>(word.c_str());
}

template <long kNumber>
int Call(const Arguments& words) {
  std::array<long, 6> arguments{};
  for (size_t i = 0; i < words.size() && i < arguments.size(); ++i) arguments[i] = Argument(words[i]);
  const auto [a, b, c, d, e, f] = arguments;
  return Report(syscall(kNumber, a, b, c, d, e, f));
}

#if defined(__aarch64__)
// This architecture only has the calls that also take the descriptor of a directory. `kPlace` is its place
// among the arguments.
template <long kNumber, size_t kPlace = 0>
int CallAt(const Arguments& given) {
  Arguments words = given;
  words.insert(words.begin() + std::min(kPlace, words.size()), std::to_string(AT_FDCWD));
  return Call<kNumber>(words);
}

constexpr auto kChmod = CallAt<SYS_fchmodat>;
constexpr auto kChown = CallAt<SYS_fchownat>;
constexpr auto kMkdir = CallAt<SYS_mkdirat>;
constexpr auto kMknod = CallAt<SYS_mknodat>;
constexpr auto kOpen = CallAt<SYS_openat>;
constexpr auto kSymlink = CallAt<SYS_symlinkat, 1>;
constexpr auto kUnlink = CallAt<SYS_unlinkat>;
#else
constexpr auto kChmod = Call<SYS_chmod>;
constexpr auto kChown = Call<SYS_chown>;
constexpr auto kMkdir = Call<SYS_mkdir>;
constexpr auto kMknod = Call<SYS_mknod>;
constexpr auto kOpen = Call<SYS_open>;
constexpr auto kSymlink = Call<SYS_symlink>;
constexpr auto kUnlink = Call<SYS_unlink>;
#endif

}  // namespace

const std::vector<Command> kSyscalls = {
    {"call", "NUMBER",
     [](const Arguments& words) { return Report(syscall(words.empty() ? -1 : Argument(words[0]))); }},
    {"chdir", "PATH", Call<SYS_chdir>},
    {"chmod", "PATH MODE", kChmod},
    {"chown", "PATH UID GID", kChown},
    {"chroot", "PATH", Call<SYS_chroot>},
    {"getpriority", "WHICH WHO", Call<SYS_getpriority>},
    {"getcwd", "",
     [](const Arguments&) {
       std::array<char, 4096> path;
       return Report(syscall(SYS_getcwd, path.data(), path.size()));
     }},
    {"kill", "PID SIGNAL", Call<SYS_kill>},
    {"mkdir", "PATH MODE", kMkdir},
    {"mknod", "PATH MODE DEVICE", kMknod},
    {"mount", "SOURCE TARGET TYPE FLAGS DATA", Call<SYS_mount>},
    {"open", "PATH FLAGS MODE", kOpen},
    {"personality", "DOMAIN", Call<SYS_personality>},
    {"ptrace", "REQUEST PID", Call<SYS_ptrace>},
    {"sethostname", "NAME SIZE", Call<SYS_sethostname>},
    {"setns", "FD TYPE", Call<SYS_setns>},
    {"setuid", "UID", Call<SYS_setuid>},
    {"symlink", "TARGET PATH", kSymlink},
    {"sync", "", Call<SYS_sync>},
    {"umount", "PATH FLAGS", Call<SYS_umount2>},
    {"unlink", "PATH", kUnlink},
    {"unshare", "FLAGS", Call<SYS_unshare>},
};

}  // namespace probe
