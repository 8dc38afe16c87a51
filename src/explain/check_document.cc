#include "explain/check.h"
#include "json/writer.h"

namespace tare::explain {
namespace {

const char* NameOf(spec::Topic topic) {
  switch (topic) {
    case spec::Topic::kFault:
      return "fault";
    case spec::Topic::kUnusual:
      return "unusual";
    case spec::Topic::kUnknown:
      return "unknown";
    case spec::Topic::kPrivilege:
      return "privilege";
  }
  return "";
}

json::Output ObjectOf(const spec::Finding& finding) {
  json::Output object = {
      {"severity", finding.severity() == spec::Severity::kError ? "error" : "warning"},
      {"topic", NameOf(finding.topic)},
      {"line", finding.place.line},
      {"column", finding.place.column},
      {"pointer", finding.pointer},
      {"message", finding.what},
  };
  if (!finding.clause.empty()) object["clause"] = std::string(finding.clause);
  return object;
}

}  // namespace

std::string Document(const Report& report) {
  json::Output findings = json::Output::array();
  for (const spec::Finding& finding : report.findings) findings.push_back(ObjectOf(finding));
  return json::Indented({{"file", report.file},
                         {"errors", report.Count(spec::Severity::kError)},
                         {"warnings", report.Count(spec::Severity::kWarning)},
                         {"findings", findings}},
                        2);
}

}  // namespace tare::explain
