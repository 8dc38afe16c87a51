#include "explain/plan_table.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tare::explain {
namespace {

using json::Output;

constexpr size_t kHeadingWidth = 14;

// A string without quotes; anything else as JSON.
std::string Text(const Output& value) {
  return value.is_string() ? value.get<std::string>() : json::OneLine(value);
}

std::string Joined(const Output& list, absl::string_view separator) {
  std::vector<std::string> words;
  for (const Output& value : list) words.push_back(Text(value));
  return absl::StrJoin(words, separator);
}

std::string Padded(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

// Lines under one heading, which only the first shows.
class Table {
 public:
  void Add(absl::string_view heading, const std::string& line) {
    const std::string shown(heading == heading_ ? "" : heading);
    heading_ = std::string(heading);
    absl::StrAppend(&text_, Padded(shown, kHeadingWidth), line, "\n");
  }
  void AddIf(absl::string_view heading, const Output& value) {
    if (!value.empty()) Add(heading, value.is_array() ? Joined(value, " ") : Text(value));
  }
  const std::string& text() const { return text_; }

 private:
  std::string heading_;
  std::string text_;
};

// "new: pid mount; host: user; path: network (/proc/7/ns/net)".
std::string NamespacesLine(const Output& namespaces) {
  std::map<std::string, std::string> by_origin;
  for (const auto& [type, one] : namespaces.items()) {
    std::string& words = by_origin[one["from"]];
    absl::StrAppend(&words, words.empty() ? "" : " ", type,
                    one.contains("path") ? absl::StrCat(" (", Text(one["path"]), ")") : "");
  }
  return absl::StrJoin(by_origin, "; ", absl::PairFormatter(": "));
}

std::string OptionsOf(const Output& mount) {
  std::vector<std::string> words;
  for (const char* key : {"flags", "recursiveFlags", "propagation", "data"})
    if (mount.contains(key) && !mount[key].empty()) words.push_back(Joined(mount[key], ","));
  if (mount.value("recursive", false)) words.insert(words.begin(), "recursive");
  if (mount.contains("idmapped")) words.push_back("idmapped");
  return absl::StrJoin(words, ",");
}

void AddMounts(const Output& mounts, Table& table) {
  size_t widest = 0;
  for (const Output& mount : mounts) widest = std::max(widest, Text(mount["destination"]).size());
  for (const Output& mount : mounts) {
    const std::string kind = mount["kind"] == "filesystem" ? Text(mount["type"]) : Text(mount["kind"]);
    const std::string source = mount["kind"] == "bind" ? absl::StrCat(" of ", Text(mount["source"])) : "";
    const std::string options = OptionsOf(mount);
    table.Add("mounts", absl::StrCat(Padded(Text(mount["destination"]), widest), "  ", kind, source,
                                     options.empty() ? "" : "  ", options));
  }
}

void AddNetworks(const Output& networks, Table& table) {
  for (const Output& network : networks) {
    std::string line = Text(network["name"]);
    for (const char* key : {"interface", "mac"})
      if (network.contains(key)) absl::StrAppend(&line, ", ", Text(network[key]));
    for (const char* key : {"ips", "ports"})
      if (network.contains(key)) absl::StrAppend(&line, ", ", Joined(network[key], " "));
    table.Add("networks", line);
  }
}

void AddCgroup(const Output& cgroup, Table& table) {
  table.Add("cgroup", absl::StrCat("version ", Text(cgroup["version"]), ", driver ", Text(cgroup["driver"])));
  std::map<std::string, std::string> controllers;
  for (const auto& [controller, path] : cgroup["paths"].items())
    absl::StrAppend(&controllers[path], controllers[path].empty() ? "" : ",", controller);
  for (const auto& [path, names] : controllers) table.Add("cgroup", path);
  if (cgroup.contains("unit"))
    table.Add("unit", absl::StrCat(Text(cgroup["unit"]["name"]), " in ", Text(cgroup["unit"]["slice"])));
  for (const Output& one : cgroup["values"]) {
    const std::string file = Text(one["file"]);
    table.Add("limits", absl::StrCat(file.substr(file.rfind('/') + 1), " = ", Text(one["value"]),
                                     one.contains("unavailable") ? "  (not available on this machine)" : ""));
  }
}

void AddProcess(const Output& process, Table& table) {
  table.Add("program",
            absl::StrCat(Joined(process["args"], " "),
                         process["program"].is_null() ? "  (not found in the root filesystem)"
                                                      : absl::StrCat("  (", Text(process["program"]), ")")));
  const Output& user = process["user"];
  const std::string groups = Joined(user["additionalGids"], " ");
  table.Add("user", absl::StrCat(Text(user["uid"]), ":", Text(user["gid"]),
                                 groups.empty() ? "" : " with groups ", groups, ", in ", Text(process["cwd"]),
                                 process["terminal"] == true ? ", with a terminal" : ""));
  for (const char* set : {"bounding", "ambient"})
    if (!process["capabilities"][set].empty())
      table.Add("capabilities", absl::StrCat(set, ": ", Joined(process["capabilities"][set], " ")));
  table.Add("privileges", process["noNewPrivileges"] == true ? "none can be gained (no_new_privs)"
                                                             : "can be gained by set-user-ID programs");
  for (const char* key : {"apparmorProfile", "selinuxLabel", "oomScoreAdj", "scheduler", "ioPriority"})
    if (process.contains(key)) table.AddIf(key, process[key]);
  for (const Output& limit : process.value("rlimits", Output::array()))
    table.Add("rlimits",
              absl::StrCat(Text(limit["type"]), " ", Text(limit["soft"]), ":", Text(limit["hard"])));
}

void AddSeccomp(const Output& seccomp, Table& table) {
  table.Add("seccomp", absl::StrCat(Text(seccomp["defaultAction"]), ", rules: ", Text(seccomp["rules"]),
                                    ", instructions: ", Text(seccomp["instructions"])));
}

}  // namespace

std::string PlanTable(const Output& plan) {
  Table table;
  table.Add("container", Text(plan["id"]));
  table.Add("bundle", Text(plan["bundle"]));
  table.Add("rootfs",
            absl::StrCat(Text(plan["rootfs"]), plan["root"]["readonly"] == true ? ", read-only" : "", ", ",
                         Text(plan["root"]["propagation"])));
  table.Add("namespaces", NamespacesLine(plan["namespaces"]));
  if (plan.contains("networks")) AddNetworks(plan["networks"], table);
  AddMounts(plan["mounts"], table);
  for (const Output& device : plan["devices"]) table.Add("devices", Text(device["path"]));
  table.AddIf("masked", plan["maskedPaths"]);
  table.AddIf("read-only", plan["readonlyPaths"]);
  AddCgroup(plan["cgroup"], table);
  for (const char* key : {"uidMappings", "gidMappings", "hostname", "domainname", "sysctl", "intelRdt"})
    if (plan.contains(key)) table.AddIf(key, plan[key]);
  if (plan.contains("process")) AddProcess(plan["process"], table);
  if (plan.contains("seccomp")) AddSeccomp(plan["seccomp"], table);
  for (const auto& [kind, hooks] : plan["hooks"].items())
    for (const Output& hook : hooks) table.Add("hooks", absl::StrCat(kind, ": ", Text(hook["path"])));
  return table.text();
}

}  // namespace tare::explain
