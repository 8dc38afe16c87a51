// Calls a function for each container that a command was given.
#include <regex.h>

#include "cli/options.h"
#include "container/store.h"
#include "line/report.h"

namespace tare::cli {
namespace {

StatusOr<std::vector<std::string>> Matching(const lifecycle::Runtime& runtime, const std::string& pattern) {
  regex_t expression;
  if (const int error = regcomp(&expression, pattern.c_str(), REG_EXTENDED | REG_NOSUB); error != 0) {
    char why[128];
    regerror(error, &expression, why, sizeof why);
    return InvalidError("invalid regular expression \"", pattern, "\": ", why);
  }
  StatusOr<std::vector<std::string>> ids = container::ListIds(runtime.root);
  if (ids.ok())
    std::erase_if(
        *ids, [&](const std::string& id) { return regexec(&expression, id.c_str(), 0, nullptr, 0) != 0; });
  regfree(&expression);
  return ids;
}

int ReportEach(const std::vector<std::string>& ids, ActOnContainer act) {
  int code = 0;
  for (const std::string& id : ids) {
    const Status done = Annotate(act(id), id);
    if (done.ok()) continue;
    line::Report(done);
    code = 1;
  }
  return code;
}

}  // namespace

StatusOr<int> ForEach(const std::vector<std::string>& ids, ActOnContainer act) {
  if (ids.size() != 1) return ReportEach(ids, act);
  TARE_RETURN_IF_ERROR(act(ids.front()));
  return 0;
}

StatusOr<int> ForEachSelected(const lifecycle::Runtime& runtime, const Arguments& arguments,
                              const std::vector<std::string>& operands, ActOnContainer act) {
  if (!arguments.Bool("regex")) return ForEach(operands, act);
  int code = 0;
  for (const std::string& pattern : operands) {
    TARE_ASSIGN_OR_RETURN(const std::vector<std::string> ids, Matching(runtime, pattern));
    if (ReportEach(ids, act) != 0) code = 1;
  }
  return code;
}

}  // namespace tare::cli
