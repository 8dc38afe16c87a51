// Everything that is wrong or unusual in a config.json, each with its place in the text and the clause of the
// specification. The parser and the rules are those of parse.h and rules.h: the first error is the one that
// `create` reports. Makes no system calls.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "json/survey.h"
#include "spec/config.h"

namespace tare::spec {

enum class Severity { kError, kWarning };

enum class Topic {
  kFault,      // a container cannot be created from it
  kUnusual,    // accepted, but not as it is written
  kUnknown,    // ignored, because no property has this name
  kPrivilege,  // weakens the isolation of the container
};

struct Finding {
  Topic topic = Topic::kFault;
  std::string pointer;
  std::string what;
  json::Place place;
  absl::string_view clause = {};  // "config.md, Mounts"; empty if there is none

  Severity severity() const { return topic == Topic::kFault ? Severity::kError : Severity::kWarning; }
};

class Inspection {
 public:
  // `text` must outlive the inspection.
  explicit Inspection(absl::string_view text);

  // What could be read; the rest has its zero value. Empty if the text is not a JSON object.
  const Config& config() const { return config_; }
  bool is_object() const { return survey_.is_object(); }
  bool has_faults() const;

  // Adds what other rooms find.
  void Add(Topic topic, const std::string& pointer, const std::string& what);

  // Faults first, in the order in which `create` meets them; then warnings, in the order of the text.
  std::vector<Finding> Findings() const;

 private:
  void AddRuleFaults();
  void AddUnknown();

  Config config_;
  json::Survey survey_;
  std::vector<Finding> findings_;
};

}  // namespace tare::spec
