// The rules for the sections of config.json; other rooms use spec/rules.h. `at` is the JSON pointer of the
// section, with which every error begins. It is "" if the section is a document of its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "spec/config.h"
#include "spec/rules.h"

namespace tare::spec {

// Collects the faults that the rules find, at most a thousand.
class Faults {
 public:
  Faults() = default;
  explicit Faults(const std::vector<std::string>& unread) : unread_(unread) {}

  // True if the value at `pointer` and all below it have been read without a fault.
  bool Sound(absl::string_view pointer) const;

  // Adds a fault, unless the value at `pointer` is not sound.
  template <typename... Parts>
  void Broken(const std::string& pointer, const Parts&... what) {
    Add({.pointer = pointer, .what = absl::StrCat(what...), .place = pointer});
  }
  // The same if the name of a member of the object at `pointer` is wrong, or the member as a whole.
  template <typename... Parts>
  void BrokenMember(const std::string& pointer, absl::string_view member, const Parts&... what) {
    Add({.pointer = pointer, .what = absl::StrCat(what...), .place = MemberOf(pointer, member)});
  }

  const std::vector<Fault>& all() const { return all_; }

 private:
  static constexpr size_t kMostFaults = 1000;

  static std::string MemberOf(const std::string& pointer, absl::string_view member);
  void Add(Fault fault);

  std::vector<std::string> unread_;
  std::vector<Fault> all_;
};

// True if the container has a namespace of this type that differs from the runtime's, new or joined.
bool HasNamespace(const Config& config, NamespaceType type);

void CheckNamespaces(const Config& config, Faults& faults);                        // rules_namespaces.cc
void CheckSysctls(const Config& config, Faults& faults);                           // rules_sysctl.cc
void CheckSeccomp(const Seccomp& seccomp, const std::string& at, Faults& faults);  // rules.cc
void CheckProcess(const Process& process, const std::string& at, Faults& faults);  // rules_process.cc
void CheckResources(const Resources& resources, const std::string& at, Faults& faults);  // rules_resources.cc

// Where the namespaces are listed, on which many rules depend.
inline constexpr char kNamespaces[] = "/linux/namespaces";

}  // namespace tare::spec
