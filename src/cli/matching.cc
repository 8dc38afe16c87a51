#include <regex.h>

#include "base/log.h"
#include "cli/options.h"
#include "container/store.h"

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

}  // namespace

Status ForEachMatch(const lifecycle::Runtime& runtime, const std::string& pattern, DoToContainer act) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> ids, Matching(runtime, pattern));
  Status first;
  for (const std::string& id : ids) {
    Status done = Annotate(act(id), id);
    if (done.ok()) continue;
    if (!first.ok()) log::Error(first.message());
    first = std::move(done);
  }
  return first;
}

}  // namespace tare::cli
