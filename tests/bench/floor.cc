// The kernel's own work for one container, or for one more process in it: what no runtime can do without.
// No JSON, no state, no libraries, no seccomp.   floor run ROOTFS PROGRAM...   floor exec PID PROGRAM...
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr unsigned long kNoDevices = MS_NOSUID | MS_NODEV | MS_NOEXEC;

void Check(long result, const char* what) {
  if (result >= 0) return;
  perror(what);
  _exit(125);
}

// The v1 hierarchies; or the one of v2. They are where everybody mounts them: reading the mount table costs
// more. A directory beside them may be anything: Podman makes some for controllers that are not mounted.
struct Hierarchy {
  std::string path, options;
  bool v2;
};
std::vector<Hierarchy> Hierarchies() {
  const std::string top = "/sys/fs/cgroup";
  if (access((top + "/cgroup.controllers").c_str(), F_OK) == 0) return {{top, "", true}};
  std::vector<Hierarchy> v1;
  DIR* dir = opendir(top.c_str());
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (entry->d_type != DT_DIR || name[0] == '.' || name == "unified") continue;  // links are second names
    if (access((top + "/" + name + "/cgroup.procs").c_str(), F_OK) != 0) continue;
    v1.push_back({top + "/" + name, name == "systemd" ? "name=systemd" : name, false});
  }
  closedir(dir);
  return v1;
}

void Write(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  Check(fd, path.c_str());
  Check(write(fd, text.data(), text.size()), path.c_str());
  close(fd);
}

void MakeCgroup(const Hierarchy& hierarchy, const std::string& name) {
  const std::string dir = hierarchy.path + "/" + name;
  Check(mkdir(dir.c_str(), 0755), dir.c_str());
  if (hierarchy.options != "cpuset") return;
  for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {  // empty in a new v1 cpuset: nothing may enter
    char value[256] = {};
    const int fd = open((hierarchy.path + file).c_str(), O_RDONLY | O_CLOEXEC);
    Check(read(fd, value, sizeof value - 1), file);
    close(fd);
    Write(dir + file, value);
  }
}

void Mount(const char* type, const char* target, unsigned long flags, const char* data) {
  Check(mount(type, target, type, flags, data), target);
}

void MakeDevices() {
  umask(0);
  constexpr struct {
    const char* path;
    unsigned major, minor;
  } kDevices[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
                  {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
  for (const auto& device : kDevices)
    Check(mknod(device.path, S_IFCHR | 0666, makedev(device.major, device.minor)), device.path);
  constexpr const char* kLinks[][2] = {{"pts/ptmx", "dev/ptmx"},
                                       {"/proc/self/fd", "dev/fd"},
                                       {"/proc/self/fd/0", "dev/stdin"},
                                       {"/proc/self/fd/1", "dev/stdout"},
                                       {"/proc/self/fd/2", "dev/stderr"}};
  for (const auto& link : kLinks) Check(symlink(link[0], link[1]), link[1]);
  umask(022);
}

void MountAll(const char* root) {
  Check(mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr), "/");
  Check(mount(root, root, nullptr, MS_BIND | MS_REC, nullptr), root);
  Check(chdir(root), root);
  Mount("proc", "proc", 0, nullptr);
  Mount("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
  for (const char* dir : {"dev/pts", "dev/shm", "dev/mqueue"}) Check(mkdir(dir, 0755), dir);
  Mount("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
  Mount("tmpfs", "dev/shm", kNoDevices, "mode=1777,size=65536k");
  Mount("mqueue", "dev/mqueue", kNoDevices, nullptr);
  Mount("sysfs", "sys", kNoDevices | MS_RDONLY, nullptr);
  MakeDevices();
}

void MountCgroups(const std::vector<Hierarchy>& hierarchies) {
  if (hierarchies[0].v2) return Mount("cgroup2", "sys/fs/cgroup", kNoDevices | MS_RDONLY, nullptr);
  Mount("tmpfs", "sys/fs/cgroup", kNoDevices, "mode=755");
  for (const Hierarchy& hierarchy : hierarchies) {
    const std::string dir = "sys/fs/cgroup" + hierarchy.path.substr(hierarchy.path.rfind('/'));
    Check(mkdir(dir.c_str(), 0755), dir.c_str());
    Mount("cgroup", dir.c_str(), kNoDevices | MS_RDONLY, hierarchy.options.c_str());
  }
  Check(mount(nullptr, "sys/fs/cgroup", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | kNoDevices, nullptr),
        "remount");
}

void Pivot() {
  Check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  Check(umount2(".", MNT_DETACH), "umount");
  Check(chdir("/"), "/");
  for (const char* path : {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}) {
    if (mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) != 0) continue;
    Check(mount(nullptr, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY | kNoDevices, nullptr), path);
  }
  for (const char* path :
       {"/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"})
    if (mount("/dev/null", path, nullptr, MS_BIND, nullptr) != 0)
      mount("tmpfs", path, "tmpfs", MS_RDONLY, nullptr);
  Check(mount(nullptr, "/", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), "remount /");
}

[[noreturn]] void Become(char** program) {
  constexpr uint32_t kKept = 1u << CAP_AUDIT_WRITE | 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE;
  const rlimit files{1024, 1024};
  Check(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
  for (unsigned cap = 0; cap <= CAP_LAST_CAP; ++cap)
    if (cap >= 32 || !(kKept >> cap & 1)) prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
  Check(setgroups(0, nullptr), "setgroups");
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct data[2] = {{kKept, kKept, 0}, {}};
  Check(syscall(SYS_capset, &header, data), "capset");
  Check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
  execv(program[0], program);
  Check(-1, program[0]);
  _exit(125);
}

int ExitOf(pid_t pid) {
  int status = 0;
  Check(waitpid(pid, &status, 0), "waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int Run(const char* root, char** program) {
  const std::vector<Hierarchy> hierarchies = Hierarchies();
  const std::string name = "floor-" + std::to_string(getpid());
  int go[2];
  Check(pipe2(go, O_CLOEXEC), "pipe");
  clone_args args{};
  args.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC;
  args.exit_signal = SIGCHLD;
  if (hierarchies[0].v2) {
    MakeCgroup(hierarchies[0], name);
    const int fd = open((hierarchies[0].path + "/" + name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    Check(fd, "cgroup");
    args.flags |= CLONE_INTO_CGROUP | CLONE_NEWCGROUP;
    args.cgroup = static_cast<uint64_t>(fd);
  }
  const auto pid = static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof args));
  Check(pid, "clone3");
  if (pid == 0) {
    close(go[1]);
    Check(sethostname("floor", 5), "sethostname");
    MountAll(root);
    char byte;
    Check(read(go[0], &byte, 1), "read");
    if (!hierarchies[0].v2) Check(unshare(CLONE_NEWCGROUP), "unshare");
    MountCgroups(hierarchies);
    Pivot();
    setsid();
    Become(program);
  }
  for (const Hierarchy& hierarchy : hierarchies) {  // while the child mounts
    if (hierarchy.v2) continue;
    MakeCgroup(hierarchy, name);
    Write(hierarchy.path + "/" + name + "/cgroup.procs", std::to_string(pid));
  }
  Check(write(go[1], "", 1), "write");
  const int code = ExitOf(pid);
  for (const Hierarchy& hierarchy : hierarchies) rmdir((hierarchy.path + "/" + name).c_str());
  return code;
}

// The process's own path in each hierarchy, from lines like "4:memory:/path" and "0::/path".
std::string CgroupOf(const std::string& lines, const Hierarchy& hierarchy) {
  const std::string key = ":" + (hierarchy.v2 ? "" : hierarchy.options) + ":";
  const size_t at = lines.find(key);
  if (at == std::string::npos) Check(-1, key.c_str());
  return lines.substr(at + key.size(), lines.find('\n', at) - at - key.size());
}

int Exec(const char* target, char** program) {
  const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, atoi(target), 0));
  Check(pidfd, "pidfd_open");
  char lines[8192] = {};
  const int fd = open((std::string("/proc/") + target + "/cgroup").c_str(), O_RDONLY | O_CLOEXEC);
  Check(read(fd, lines, sizeof lines - 1), "read");
  Check(setns(pidfd, CLONE_NEWPID), "setns");
  const pid_t pid = fork();
  if (pid != 0) return ExitOf(pid);
  for (const Hierarchy& hierarchy : Hierarchies())
    Write(hierarchy.path + CgroupOf(lines, hierarchy) + "/cgroup.procs", "0");
  Check(setns(pidfd, CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP), "setns");
  Become(program);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 4 && !strcmp(argv[1], "run")) return Run(argv[2], argv + 3);
  if (argc >= 4 && !strcmp(argv[1], "exec")) return Exec(argv[2], argv + 3);
  fputs("usage: floor run ROOTFS PROGRAM... | floor exec PID PROGRAM...\n", stderr);
  return 2;
}
