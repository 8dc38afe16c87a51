#include "session/session.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "container/exit.h"
#include "container/store.h"
#include "kernel/file.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "session/log_writer.h"

namespace tare::session {
namespace {

constexpr char kRecord[] = "supervisor.json";
constexpr char kUnversionedRecord[] = "record.json";  // the name of records that had no version yet
constexpr char kControl[] = "control.sock";
constexpr char kReserve[] = "reserve";
constexpr size_t kReserved = 16 * 1024;  // two files, in blocks of 4 KiB, and some for other writers
constexpr absl::Duration kConnectTimeout = absl::Seconds(10);

std::string DirectoryOfAll(const std::string& root) {
  return absl::StrCat(root, "/.supervise");
}

std::string PathOf(const std::string& root, const std::string& id) {
  return absl::StrCat(DirectoryOfAll(root), "/", id);
}

StatusOr<kernel::Fd> OpenDirectory(const std::string& path) {
  return kernel::Open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
}

// The container was deleted while it had no supervisor.
bool IsAbandoned(const std::string& root, const std::string& id, const Session& session) {
  if (!absl::IsNotFound(container::Directory::Open(root, id).status())) return false;
  const StatusOr<SupervisorRecord> record = session.Load();
  return record.ok() && HasExited(*record);
}

}  // namespace

bool Session::Any(const std::string& root) {
  return access(DirectoryOfAll(root).c_str(), F_OK) == 0;
}

StatusOr<Session> Session::Open(const std::string& root, const std::string& id) {
  TARE_RETURN_IF_ERROR(container::CheckId(id));
  std::string path = PathOf(root, id);
  StatusOr<kernel::Fd> fd = OpenDirectory(path);
  if (ErrnoOf(fd.status()) == ENOENT)
    return absl::NotFoundError(absl::StrCat("container \"", id, "\" was not created with --supervise"));
  TARE_RETURN_IF_ERROR(fd.status());
  return Session(std::move(path), *std::move(fd));
}

StatusOr<Session> Session::Claim(const std::string& root, const std::string& id) {
  TARE_RETURN_IF_ERROR(container::CheckId(id));
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(root, 0711));
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(DirectoryOfAll(root), 0700));
  const std::string path = PathOf(root, id);
  if (mkdir(path.c_str(), 0700) == 0) return Open(root, id);
  const int error = errno;
  if (error == ENOENT) return Claim(root, id);  // the directory of all sessions has just been removed
  if (error != EEXIST) {
    rmdir(DirectoryOfAll(root).c_str());  // unless there are others
    return ErrnoError(error, absl::StrCat("mkdir(", path, ")"));
  }
  TARE_ASSIGN_OR_RETURN(const Session old, Open(root, id));
  if (!IsAbandoned(root, id, old)) return absl::AlreadyExistsError("container with given ID already exists");
  TARE_RETURN_IF_ERROR(old.Remove());
  return Claim(root, id);
}

Status Session::Reserve() const {
  return Annotate(kernel::ReplaceFile(fd(), kReserve, std::string(kReserved, '\0'), 0600), path_);
}

Status Session::WriteWithReserve(absl::FunctionRef<Status()> write) const {
  Status written = write();
  if (ErrnoOf(written) == ENOSPC || ErrnoOf(written) == EDQUOT) {
    unlinkat(fd(), kReserve, 0);
    written = write();
  }
  return Annotate(written, path_);
}

Status Session::Save(const SupervisorRecord& record) const {
  return WriteWithReserve(
      [&] { return kernel::ReplaceFile(fd(), kRecord, SupervisorRecordJson(record), 0600); });
}

StatusOr<SupervisorRecord> Session::Load() const {
  const char* name = kRecord;
  StatusOr<std::string> json = kernel::ReadFileAt(fd(), name);
  if (ErrnoOf(json.status()) == ENOENT) {
    name = kUnversionedRecord;
    json = kernel::ReadFileAt(fd(), name);
  }
  TARE_RETURN_IF_ERROR(json.status(), path_);
  return ParseSupervisorRecord(*json, absl::StrCat(path_, "/", name));
}

Status Session::SaveExit(const spec::Exit& exit) const {
  return WriteWithReserve([&] { return container::SaveExit(fd(), container::kExitFile, exit); });
}

StatusOr<spec::Exit> Session::LoadExit() const {
  return container::LoadExit(fd(), container::kExitFile);
}

void Session::ForgetExit() const {
  unlinkat(fd(), container::kExitFile, 0);
}

StatusOr<kernel::Fd> Session::Listen() const {
  TARE_ASSIGN_OR_RETURN(kernel::Fd listener, kernel::ListenUnix(fd(), kControl, SOCK_SEQPACKET), path_);
  return listener;
}

void Session::StopListening() const {
  unlinkat(fd(), kControl, 0);
}

StatusOr<kernel::Fd> Session::Connect() const {
  StatusOr<kernel::Fd> connected = kernel::ConnectUnixAt(fd(), kControl, SOCK_SEQPACKET, kConnectTimeout);
  const int error = ErrnoOf(connected.status());
  if (error == ENOENT || error == ECONNREFUSED)
    return absl::UnavailableError("the supervisor is not listening");
  return connected;
}

Status Session::Remove() const {
  if (const StatusOr<SupervisorRecord> record = Load(); record.ok())
    for (int age = 0; age < record->log_files; ++age) unlink(LogFile(record->log, age).c_str());
  StatusOr<std::vector<std::string>> names = kernel::ListDirectory(fd());
  if (names.ok())
    for (const std::string& name : *names) unlinkat(fd(), name.c_str(), 0);
  if (rmdir(path_.c_str()) != 0 && errno != ENOENT)
    return ErrnoError(errno, absl::StrCat("rmdir(", path_, ")"));
  rmdir(path_.substr(0, path_.find_last_of('/')).c_str());  // unless there are others
  return absl::OkStatus();
}

StatusOr<Session> OpenSession(const std::string& root, const std::string& id) {
  StatusOr<Session> session = Session::Open(root, id);
  if (absl::IsNotFound(session.status())) TARE_RETURN_IF_ERROR(container::Directory::Open(root, id).status());
  return session;
}

std::string SupervisorKilled(const std::string& id) {
  return absl::StrCat("the supervisor of container \"", id, "\" was killed");
}

std::string ExitLost(const std::string& id) {
  return absl::StrCat(SupervisorKilled(id), "; its exit status will not be recorded");
}

StatusOr<kernel::Fd> SupervisorOf(const SupervisorRecord& record) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd supervisor, kernel::OpenProcess(record.pid, record.start_time),
                        "looking for the supervisor");
  return supervisor;
}

bool HasExited(const SupervisorRecord& record) {
  const StatusOr<kernel::Fd> supervisor = SupervisorOf(record);
  return supervisor.ok() && !*supervisor;
}

std::string DefaultLog(const Session& session) {
  return absl::StrCat(session.path(), "/log");
}

std::string LogStartsOf(const Session& session) {
  return absl::StrCat(session.path(), "/log-starts");
}

}  // namespace tare::session
