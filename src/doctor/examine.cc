#include "doctor/examine.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/step.h"
#include "kernel/file.h"
#include "kernel/wait.h"

namespace tare::doctor {
namespace {

constexpr char kSeparator = '\0';

std::string Serialize(const Finding& finding) {
  std::string bytes(1, static_cast<char>('0' + static_cast<int>(finding.verdict)));
  absl::StrAppend(&bytes, finding.detail);
  bytes.push_back(kSeparator);
  return bytes + finding.cure;
}

Finding Parse(const std::string& bytes) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(absl::string_view(bytes).substr(1), absl::MaxSplits(kSeparator, 1));
  return {static_cast<Verdict>(bytes[0] - '0'), parts.first, parts.second};
}

// What a probe's own children write is not for the reader. They die together with it (see End).
[[noreturn]] void RunInChild(const Probe& probe, const Patient& patient, int report, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  setpgid(0, 0);
  if (const int null = open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
  }
  (void)kernel::WriteAll(report, Serialize(probe.run(patient)), "finding");
  _exit(0);
}

// A process group of its own, so that what the probe has started is killed with it.
int End(pid_t child) {
  kill(-child, SIGKILL);
  kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

// All that the probe reports until it ends or `deadline` passes.
std::string ReadUntil(int report, kernel::Deadline deadline) {
  std::string bytes;
  char buffer[4096];
  while (kernel::WaitReadable(report, deadline).value_or(false)) {
    const ssize_t got = read(report, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    bytes.append(buffer, static_cast<size_t>(got));
  }
  return bytes;
}

Finding NoReport(const Probe& probe, int status, bool in_time) {
  if (!in_time)
    return Missing(absl::StrFormat("no answer within %d s", absl::ToInt64Seconds(probe.deadline)),
                   "find out what it waits for: run tare doctor with strace -f");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
    return Missing(
        "killed by a seccomp filter",
        "tare runs under a filter that kills: allow the system call in the profile of the container "
        "or service that tare runs in");
  return Missing(absl::StrCat("the probe ended without an answer (wait status ", status, ")"),
                 "run tare doctor again; if it happens each time, report it");
}

// fork(2), and a pipe instead of a pidfd: what tare uses elsewhere may be just what is missing.
Finding Run(const Probe& probe, const Patient& patient) {
  TARE_STEP("probe: ", probe.name);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Missing("pipe2 failed", "close some descriptors");
  const kernel::Fd reader(ends[0]);
  kernel::Fd writer(ends[1]);
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child < 0) return Missing(absl::StrCat("fork: ", ErrnoText(errno)), "raise the limit of processes");
  if (child == 0) RunInChild(probe, patient, writer.get(), self);
  writer.Close();
  const kernel::Deadline deadline = kernel::Deadline::After(probe.deadline);
  const std::string bytes = ReadUntil(reader.get(), deadline);
  const bool in_time = !deadline.passed();
  const int status = End(child);
  return bytes.empty() ? NoReport(probe, status, in_time) : Parse(bytes);
}

}  // namespace

std::vector<Examined> Examine(const Patient& patient) {
  std::vector<Examined> all;
  for (const Probe& probe : Probes())
    if (IsFor(probe, patient)) all.push_back({&probe, IsNeeded(probe, patient), Run(probe, patient)});
  return all;
}

bool IsHealthy(const std::vector<Examined>& all) {
  return std::ranges::none_of(
      all, [](const Examined& one) { return one.needed && one.finding.verdict == Verdict::kMissing; });
}

}  // namespace tare::doctor
