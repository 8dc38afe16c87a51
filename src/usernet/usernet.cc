#include "usernet/usernet.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "absl/strings/str_split.h"
#include "json/reader.h"
#include "json/writer.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/procfs.h"
#include "kernel/socket.h"
#include "kernel/wait.h"
#include "usernet/keeper.h"
#include "usernet/programs.h"

namespace tare::usernet {
namespace {

constexpr char kRecord[] = "usernet.json";
constexpr char kSocket[] = "usernet.sock";
constexpr size_t kLongestRecord = 64 << 10;
constexpr absl::Duration kReported = absl::Seconds(60);  // longer than the keeper waits for the program
constexpr absl::Duration kReaps = absl::Seconds(1);
constexpr absl::Duration kKilled = absl::Seconds(10);

// A PID can be used again; together with the time of the start it identifies a process.
struct Process {
  pid_t pid = 0;
  uint64_t started = 0;
};

StatusOr<Process> Identify(pid_t pid) {
  TARE_ASSIGN_OR_RETURN(const uint64_t started, kernel::ProcessStartTime(pid));
  return Process{pid, started};
}

json::Output ProcessObject(const Process& process) {
  return {{"pid", process.pid}, {"started", process.started}};
}

Process ReadProcess(json::Value at) {
  return {at["pid"].Integer<pid_t>(0), at["started"].Integer<uint64_t>()};
}

// In the order in which Detach() kills them: a keeper that is killed does not end its program.
Status WriteRecord(const std::string& path, const std::vector<Process>& processes) {
  json::Output record = {{"processes", json::Output::array()}};
  for (const Process& process : processes) record["processes"].push_back(ProcessObject(process));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd directory, kernel::Open(path, O_RDONLY | O_DIRECTORY));
  return kernel::ReplaceFile(directory.get(), kRecord, json::OneLine(record), 0600);
}

// Kills the process, if it does not end by itself in this time.
Status End(const Process& process, absl::Duration grace) {
  if (process.pid <= 0) return absl::OkStatus();
  const StatusOr<kernel::Fd> pidfd = kernel::PidfdOpen(process.pid);
  const StatusOr<uint64_t> started = kernel::ProcessStartTime(process.pid);
  if (!pidfd.ok() || !started.ok() || *started != process.started) return absl::OkStatus();
  if (kernel::WaitReadable(pidfd->get(), kernel::Deadline::After(grace)).value_or(false))
    return absl::OkStatus();
  if (Status killed = kernel::PidfdSendSignal(pidfd->get(), SIGKILL);
      !killed.ok() && ErrnoOf(killed) != ESRCH)
    return killed;
  TARE_ASSIGN_OR_RETURN(const bool ended,
                        kernel::WaitReadable(pidfd->get(), kernel::Deadline::After(kKilled)));
  return ended ? absl::OkStatus()
               : absl::DeadlineExceededError(absl::StrCat("process ", process.pid, " does not end"));
}

// pasta changes to the user nobody if root starts it, and nobody may not enter the container's namespaces.
// The root of a user namespace, whose uid_map is not the identity, is a user like others.
Status CheckCaller() {
  if (geteuid() != 0) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const std::string map, kernel::ReadFile("/proc/self/uid_map"));
  const std::vector<absl::string_view> fields =
      absl::StrSplit(map, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  if (fields.size() != 3 || fields[1] != "0") return absl::OkStatus();
  return InvalidError(
      "this is for users without privileges; root can use a network of CNI, see tare-network(8)");
}

StatusOr<std::string> SocketPath(const Request& request) {
  std::string path = absl::StrCat(request.directory, "/", kSocket);
  if (path.size() < sizeof(sockaddr_un::sun_path)) return path;
  return InvalidError("the path ", path, " is too long for a socket: use a shorter --root");
}

StatusOr<cni::Joined> Start(const Request& request, const Process& keeper, int channel) {
  TARE_RETURN_IF_ERROR(WriteRecord(request.directory, {keeper}));
  TARE_RETURN_IF_ERROR(kernel::Send(channel, "begin"));
  TARE_ASSIGN_OR_RETURN(const bool reported,
                        kernel::WaitReadable(channel, kernel::Deadline::After(kReported)));
  if (!reported) return absl::DeadlineExceededError(absl::StrCat(request.program, " does not become ready"));
  TARE_ASSIGN_OR_RETURN(const kernel::Message report, kernel::Receive(channel));
  TARE_ASSIGN_OR_RETURN(const auto result, ParseReport(report.bytes));
  TARE_ASSIGN_OR_RETURN(const Process program, Identify(result.first));
  TARE_RETURN_IF_ERROR(WriteRecord(request.directory, {program, keeper}));
  return result.second;
}

}  // namespace

StatusOr<Namespaces> OpenNamespaces(pid_t pid) {
  Namespaces namespaces;
  TARE_ASSIGN_OR_RETURN(namespaces.user, kernel::Open(absl::StrCat("/proc/", pid, "/ns/user"), O_RDONLY));
  TARE_ASSIGN_OR_RETURN(namespaces.network, kernel::Open(absl::StrCat("/proc/", pid, "/ns/net"), O_RDONLY));
  return namespaces;
}

StatusOr<cni::Joined> Attach(const Request& request) {
  TARE_RETURN_IF_ERROR(CheckCaller());
  TARE_RETURN_IF_ERROR(CheckPorts(request.program, request.ports));
  if (!request.namespaces->user) return InvalidError("config.json must ask for a new user namespace");
  Job job{.request = &request};
  TARE_ASSIGN_OR_RETURN(job.path, PathOf(request.program));
  TARE_ASSIGN_OR_RETURN(job.socket, SocketPath(request));
  TARE_ASSIGN_OR_RETURN(auto ends, kernel::SeqpacketPair());
  job.channel = ends.second.get();
  TARE_ASSIGN_OR_RETURN(kernel::Child child, kernel::Spawn({}, [&] {
                          ends.first.Close();
                          return RunKeeper(job);
                        }));
  ends.second.Close();
  kernel::ChildGuard keeper(std::move(child));
  TARE_ASSIGN_OR_RETURN(const Process process, Identify(keeper.get().pid));
  StatusOr<cni::Joined> joined = Start(request, process, ends.first.get());
  if (!joined.ok()) {
    ends.first.Close();
    (void)Detach(request.directory);
    return joined.status();
  }
  (void)keeper.Disarm();
  return joined;
}

Status Detach(const std::string& path) {
  const StatusOr<kernel::Fd> directory = kernel::Open(path, O_RDONLY | O_DIRECTORY);
  if (ErrnoOf(directory.status()) == ENOENT) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(directory.status());
  const StatusOr<std::string> record = kernel::ReadFileAt(directory->get(), kRecord, kLongestRecord);
  if (ErrnoOf(record.status()) == ENOENT) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(record.status());
  std::vector<Process> processes;
  TARE_RETURN_IF_ERROR(
      json::Visit(*record, kRecord, json::Remarks::kDrop, json::Top::kObject,
                  [&](json::Value root) { processes = json::List(root["processes"], ReadProcess); }));
  for (size_t i = 0; i < processes.size(); ++i) {
    // The keeper, which is the last, ends by itself when it has reaped its program.
    const bool is_keeper = i + 1 == processes.size();
    TARE_RETURN_IF_ERROR(End(processes[i], is_keeper ? kReaps : absl::ZeroDuration()), kRecord);
  }
  (void)unlinkat(directory->get(), kSocket, 0);
  (void)unlinkat(directory->get(), kRecord, 0);
  return absl::OkStatus();
}

}  // namespace tare::usernet
