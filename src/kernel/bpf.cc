#include "kernel/bpf.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

namespace tare::kernel {
namespace {

constexpr uint32_t kMostPrograms = 64;  // BPF_CGROUP_MAX_PROGS

// The bytes of the union that a command does not use must be zero, so callers start from {}.
long Bpf(bpf_cmd command, bpf_attr& attributes) {
  return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

uint64_t Address(const void* pointer) {
  return reinterpret_cast<uintptr_t>(pointer);
}

// BPF_PROG_LOAD. Returns the result of the call. If `log` is not empty, the verifier's messages overwrite it.
long Load(const std::vector<bpf_insn>& program, const std::string& name, std::string& log) {
  bpf_attr attributes{};
  name.copy(attributes.prog_name, sizeof attributes.prog_name - 1);
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = Address(program.data());
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.license = Address("");  // no helper is called that requires a licence
  if (!log.empty()) {
    attributes.log_level = 1;
    attributes.log_buf = Address(log.data());
    attributes.log_size = static_cast<uint32_t>(log.size());
  }
  return Bpf(BPF_PROG_LOAD, attributes);
}

Status Attach(int cgroup, int program, int replaced, uint32_t flags) {
  bpf_attr attributes{};
  attributes.target_fd = static_cast<uint32_t>(cgroup);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  attributes.attach_flags = flags;
  if (flags & BPF_F_REPLACE) attributes.replace_bpf_fd = static_cast<uint32_t>(replaced);
  if (Bpf(BPF_PROG_ATTACH, attributes) != 0) return ErrnoError(errno, "bpf(BPF_PROG_ATTACH)");
  return absl::OkStatus();
}

StatusOr<std::string> NameOf(int program) {
  bpf_prog_info info{};
  bpf_attr attributes{};
  attributes.info.bpf_fd = static_cast<uint32_t>(program);
  attributes.info.info = Address(&info);
  attributes.info.info_len = sizeof info;
  if (Bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) != 0) return ErrnoError(errno, "bpf(BPF_OBJ_GET_INFO_BY_FD)");
  return std::string(info.name, strnlen(info.name, sizeof info.name));
}

}  // namespace

StatusOr<Fd> LoadDeviceProgram(const std::vector<bpf_insn>& program, const std::string& name) {
  std::string log;
  long fd = Load(program, name, log);
  if (fd >= 0) return Fd(static_cast<int>(fd));
  const int error = errno;
  if (error != EACCES && error != EINVAL) return ErrnoError(error, "bpf(BPF_PROG_LOAD)");
  log.resize(16384);
  fd = Load(program, name, log);
  if (fd >= 0) return Fd(static_cast<int>(fd));
  return ErrnoError(error, absl::StrCat("bpf(BPF_PROG_LOAD, \"", log.c_str(), "\")"));
}

StatusOr<std::vector<Fd>> AttachedDevicePrograms(int cgroup, const std::string& name) {
  uint32_t ids[kMostPrograms] = {};
  bpf_attr query{};
  query.query.target_fd = static_cast<uint32_t>(cgroup);
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = Address(ids);
  query.query.prog_cnt = kMostPrograms;
  if (Bpf(BPF_PROG_QUERY, query) != 0) return ErrnoError(errno, "bpf(BPF_PROG_QUERY)");
  std::vector<Fd> programs;
  for (uint32_t i = 0; i < query.query.prog_cnt; ++i) {
    bpf_attr by_id{};
    by_id.prog_id = ids[i];
    Fd program(static_cast<int>(Bpf(BPF_PROG_GET_FD_BY_ID, by_id)));
    if (!program && errno == ENOENT) continue;  // gone meanwhile
    if (!program) return ErrnoError(errno, "bpf(BPF_PROG_GET_FD_BY_ID)");
    TARE_ASSIGN_OR_RETURN(const std::string its_name, NameOf(program.get()));
    if (its_name == name) programs.push_back(std::move(program));
  }
  return programs;
}

Status AttachDeviceProgram(int cgroup, int program) {
  return Attach(cgroup, program, -1, BPF_F_ALLOW_MULTI);
}

Status ReplaceDeviceProgram(int cgroup, int program, int replaced) {
  return Attach(cgroup, program, replaced, BPF_F_ALLOW_MULTI | BPF_F_REPLACE);
}

Status DetachDeviceProgram(int cgroup, int program) {
  bpf_attr attributes{};
  attributes.target_fd = static_cast<uint32_t>(cgroup);
  attributes.attach_bpf_fd = static_cast<uint32_t>(program);
  attributes.attach_type = BPF_CGROUP_DEVICE;
  if (Bpf(BPF_PROG_DETACH, attributes) != 0) return ErrnoError(errno, "bpf(BPF_PROG_DETACH)");
  return absl::OkStatus();
}

}  // namespace tare::kernel
