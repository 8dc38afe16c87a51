#include "doctor/document.h"

#include "json/writer.h"

namespace tare::doctor {
namespace {

json::Output Object(const Examined& one) {
  json::Output object = {{"area", std::string(one.probe->area)},
                         {"name", std::string(one.probe->name)},
                         {"verdict", WordOf(one.finding.verdict)},
                         {"neededFor", std::string(one.probe->purpose)},
                         {"needed", one.needed}};
  if (!one.finding.detail.empty()) object["detail"] = one.finding.detail;
  if (!one.finding.cure.empty()) object["cure"] = one.finding.cure;
  return object;
}

}  // namespace

const char* WordOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kLimited:
      return "limited";
    case Verdict::kMissing:
      return "missing";
  }
  return "missing";
}

std::string Document(const Patient& patient, const std::vector<Examined>& all) {
  json::Output findings = json::Output::array();
  for (const Examined& one : all) findings.push_back(Object(one));
  return json::Indented({{"caller", patient.is_root ? "root" : "user"},
                         {"defaultContainer", IsHealthy(all)},
                         {"findings", std::move(findings)}},
                        2);
}

}  // namespace tare::doctor
