#include "process/program.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/lines.h"
#include "base/step.h"
#include "kernel/file.h"

namespace tare::process {
namespace {

constexpr char kDefaultPath[] = "/bin:/usr/bin";  // execvp(3)

Status ExecError(const std::string& name, absl::string_view why, int error) {
  const std::string what = absl::StrCat("exec: \"", name, "\"", why.empty() ? "" : ": ", why);
  return error != 0 ? ErrnoError(error, what) : absl::NotFoundError(what);
}

// 0, or the errno that says why `path` cannot be executed.
int ExecutableError(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return errno;
  if (S_ISDIR(st.st_mode)) return EISDIR;
  return faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

std::string Variable(const std::vector<std::string>& env, const std::string& name,
                     const std::string& otherwise) {
  std::string value = otherwise;
  for (const std::string& entry : env)
    if (absl::StartsWith(entry, name + "=")) value = entry.substr(name.size() + 1);
  return value;
}

std::string HomeOf(uid_t uid) {
  StatusOr<std::string> passwd = kernel::ReadRegular("/etc/passwd", 1 << 20);
  if (!passwd.ok()) return "/";
  for (absl::string_view line : absl::StrSplit(*passwd, '\n')) {
    std::vector<absl::string_view> fields = absl::StrSplit(line, ':');
    uint32_t id = 0;
    if (fields.size() >= 6 && absl::SimpleAtoi(fields[2], &id) && id == uid && !fields[5].empty())
      return std::string(fields[5]);
  }
  return "/";
}

// The dynamic loader of an ELF file (PT_INTERP), or "".
std::string ElfInterpreter(absl::string_view head) {
  Elf64_Ehdr header;
  if (head.size() < sizeof header || memcmp(head.data(), ELFMAG, SELFMAG) != 0) return "";
  memcpy(&header, head.data(), sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return "";
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    const size_t offset = header.e_phoff + i * sizeof segment;
    if (offset > head.size() || head.size() - offset < sizeof segment) return "";
    memcpy(&segment, head.data() + offset, sizeof segment);
    if (segment.p_type != PT_INTERP || segment.p_offset >= head.size()) continue;
    return std::string(head.substr(segment.p_offset, segment.p_filesz).data(),
                       strnlen(head.data() + segment.p_offset, head.size() - segment.p_offset));
  }
  return "";
}

std::string ScriptInterpreter(absl::string_view head) {
  if (!absl::ConsumePrefix(&head, "#!")) return "";
  head = absl::StripLeadingAsciiWhitespace(head.substr(0, head.find('\n')));
  return std::string(head.substr(0, head.find_first_of(" \t")));
}

}  // namespace

StatusOr<std::string> FindProgram(const std::string& name, const std::vector<std::string>& env) {
  TARE_STEP("look for the program ", name);
  if (absl::StrContains(name, '/')) {
    const int error = ExecutableError(name);
    if (error == 0) return name;
    if (error == EACCES) return ExecError(name, "", error);
    // Engines turn "permission denied" into exit code 126; only newer ones do so with "is a directory".
    if (error == EISDIR) return ExecError(name, "is a directory", EACCES);
    return ExecError(name, absl::StrCat("stat ", name), error);
  }
  const std::string path = Variable(env, "PATH", kDefaultPath);
  for (absl::string_view directory : absl::StrSplit(path, ':')) {
    std::string candidate = absl::StrCat(directory.empty() ? "." : directory, "/", name);
    if (!name.empty() && ExecutableError(candidate) == 0) return candidate;
  }
  return ExecError(name, "executable file not found in $PATH", 0);
}

std::vector<std::string> CompleteEnvironment(const std::vector<std::string>& env, uid_t uid) {
  std::map<absl::string_view, size_t> last;
  auto name_of = [](const std::string& entry) { return absl::string_view(entry).substr(0, entry.find('=')); };
  for (size_t i = 0; i < env.size(); ++i) last[name_of(env[i])] = i;
  std::vector<std::string> complete;
  for (size_t i = 0; i < env.size(); ++i)
    if (last[name_of(env[i])] == i && env[i] != "HOME=") complete.push_back(env[i]);
  const auto home = last.find("HOME");
  if (home == last.end() || env[home->second] == "HOME=")
    complete.push_back(absl::StrCat("HOME=", HomeOf(uid)));
  return complete;
}

std::string WhatIsMissing(const std::string& path) {
  StatusOr<kernel::Fd> file = kernel::OpenRegular(path);
  char head[4096];
  const ssize_t length = file.ok() ? read(file->get(), head, sizeof head) : 0;
  if (length <= 0) return "";
  const absl::string_view bytes(head, static_cast<size_t>(length));
  std::string interpreter = ScriptInterpreter(bytes);
  if (interpreter.empty()) interpreter = ElfInterpreter(bytes);
  if (interpreter.empty() || access(interpreter.c_str(), F_OK) == 0) return "";
  const bool carriage_return = interpreter.back() == '\r';
  if (carriage_return) interpreter.pop_back();
  return absl::StrCat("its interpreter ", interpreter, " is missing",
                      carriage_return ? ": the file has DOS line endings" : "");
}

Status ExecutionError(int error, const std::string& path, absl::string_view explanation) {
  const std::string line = absl::StrCat("exec ", path, ": ", ErrnoText(error));
  if (error != ENOENT || explanation.empty())
    return WithLines(ErrnoError(error, absl::StrCat("exec ", path)), line);
  // The explanation follows the kernel's text and does not interrupt it, because engines search
  // for that text.
  Status status(absl::ErrnoToStatusCode(error), absl::StrCat(line, " (", explanation, ")"));
  return WithLines(std::move(status), absl::StrCat(line, "\n", explanation));
}

}  // namespace tare::process
