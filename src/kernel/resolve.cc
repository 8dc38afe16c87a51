#include "kernel/resolve.h"

#include <linux/openat2.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "kernel/file.h"

namespace tare::kernel {
namespace {

constexpr uint64_t kInRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

constexpr int kMaxLinks = 40;

std::deque<std::string> Components(absl::string_view path) {
  return absl::StrSplit(path, '/', [](absl::string_view part) { return !part.empty() && part != "."; });
}

// Walks a path and makes what is missing. What exists is resolved by the kernel, by the prefix of the path,
// so that ".." and links mean what they mean to the container. What is missing is made in the directory
// reached so far, by a single name: mkdirat(2) and O_EXCL follow no links. A dangling link is read and
// replaced by its text.
class Walk {
 public:
  Walk(int root, absl::string_view path, mode_t mode, std::vector<MadeInRoot>* made)
      : root_(root), rest_(Components(path)), mode_(mode), made_(made) {}

  StatusOr<Fd> ToDirectory() {
    while (!rest_.empty()) TARE_RETURN_IF_ERROR(Step());
    if (reached_) return std::move(reached_);
    return OpenInRoot(root_, "/", O_PATH | O_DIRECTORY);
  }

  // All components except the last are directories. The last is made with `mode` if it is missing.
  StatusOr<Fd> ToFile(mode_t mode) {
    for (;;) {
      while (rest_.size() > 1) TARE_RETURN_IF_ERROR(Step());
      if (rest_.empty()) return OpenInRoot(root_, prefix_.empty() ? "/" : prefix_, O_PATH);
      const std::string path = absl::StrCat(prefix_, "/", rest_.front());
      StatusOr<Fd> file = OpenInRoot(root_, path, O_PATH);
      if (file.ok() || ErrnoOf(file.status()) != ENOENT) return file;
      TARE_ASSIGN_OR_RETURN(const bool followed, FollowLink(path));
      if (followed) continue;
      TARE_RETURN_IF_ERROR(
          OpenAt(parent(), rest_.front(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode).status(), path);
      TARE_RETURN_IF_ERROR(Remember(/*directory=*/false));
      return OpenAt(parent(), rest_.front(), O_PATH | O_NOFOLLOW);
    }
  }

 private:
  int parent() const { return reached_ ? reached_.get() : root_; }

  // Enters the next component, or replaces it if it is a dangling link.
  Status Step() {
    const std::string& part = rest_.front();
    const std::string path = absl::StrCat(prefix_, "/", part);
    // Also the last one, although the whole path was missing a moment ago: /proc/self/fd/7 exists as soon as
    // we have opened descriptor 7, and is then refused as a magic link.
    StatusOr<Fd> next = OpenInRoot(root_, path, O_PATH | O_DIRECTORY);
    if (ErrnoOf(next.status()) == ENOENT && part != "..") {
      // EEXIST: it is a dangling link, or another process has just made it.
      if (mkdirat(parent(), part.c_str(), mode_) == 0) {
        TARE_RETURN_IF_ERROR(Remember(/*directory=*/true));
      } else {
        if (errno != EEXIST) return ErrnoError(errno, absl::StrCat("mkdir(", path, ")"));
        TARE_ASSIGN_OR_RETURN(const bool followed, FollowLink(path));
        if (followed) return absl::OkStatus();
      }
      next = OpenInRoot(root_, path, O_PATH | O_DIRECTORY);
    }
    TARE_RETURN_IF_ERROR(next.status());
    reached_ = *std::move(next);
    prefix_ = path;
    rest_.pop_front();
    return absl::OkStatus();
  }

  // The next component was made.
  Status Remember(bool directory) {
    if (made_ == nullptr) return absl::OkStatus();
    TARE_ASSIGN_OR_RETURN(Fd parent, Duplicate(this->parent()));
    made_->push_back({std::move(parent), rest_.front(), directory});
    return absl::OkStatus();
  }

  // Replaces the next component, a link, by its text. False: it is not a link.
  StatusOr<bool> FollowLink(const std::string& path) {
    StatusOr<std::string> text = ReadLinkAt(parent(), rest_.front());
    const int error = ErrnoOf(text.status());
    if (error == EINVAL || error == ENOENT) return false;
    TARE_RETURN_IF_ERROR(text.status());
    if (++links_ > kMaxLinks) return ErrnoError(ELOOP, absl::StrCat("following ", path));
    rest_.pop_front();
    const std::deque<std::string> parts = Components(*text);
    rest_.insert(rest_.begin(), parts.begin(), parts.end());
    if (absl::StartsWith(*text, "/")) {
      prefix_.clear();
      reached_.Close();
    }
    return true;
  }

  int root_;
  std::deque<std::string> rest_;
  mode_t mode_;
  std::vector<MadeInRoot>* made_;
  std::string prefix_;  // the path of reached_
  Fd reached_;          // none means the root
  int links_ = 0;
};

Status CheckNamesFile(absl::string_view path) {
  const std::deque<std::string> parts = Components(path);
  if (parts.empty() || parts.back() == ".." || absl::EndsWith(path, "/"))
    return InvalidError(path, ": does not name a file");
  return absl::OkStatus();
}

}  // namespace

StatusOr<Fd> OpenInRoot(int root, const std::string& path, int flags, mode_t mode) {
  return OpenResolved(root, path.empty() ? "/" : path, flags, kInRoot, mode);
}

void RemoveMade(const std::vector<MadeInRoot>& made) {
  for (auto entry = made.rbegin(); entry != made.rend(); ++entry)
    (void)unlinkat(entry->parent.get(), entry->name.c_str(), entry->directory ? AT_REMOVEDIR : 0);
}

StatusOr<Fd> MakeDirectoryInRoot(int root, const std::string& path, mode_t mode,
                                 std::vector<MadeInRoot>* made) {
  StatusOr<Fd> whole = OpenInRoot(root, path, O_PATH | O_DIRECTORY);
  if (whole.ok() || ErrnoOf(whole.status()) != ENOENT) return whole;

  return Walk(root, path, mode, made).ToDirectory();
}

StatusOr<Fd> MakeFileInRoot(int root, const std::string& path, mode_t mode, std::vector<MadeInRoot>* made) {
  StatusOr<Fd> existing = OpenInRoot(root, path, O_PATH);
  if (existing.ok() || ErrnoOf(existing.status()) != ENOENT) return existing;
  TARE_RETURN_IF_ERROR(CheckNamesFile(path));
  return Walk(root, path, 0755, made).ToFile(mode);
}

}  // namespace tare::kernel
