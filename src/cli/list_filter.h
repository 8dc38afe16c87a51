// `list --filter KEY=VALUE`: which containers are listed.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "commands/state.h"

namespace tare::cli {

class ListFilter {
 public:
  // Keys are status, id, bundle and owner. The value of a status is one of spec::StatusName(); the others are
  // shell patterns (glob(7)). An error for anything else.
  static StatusOr<ListFilter> Parse(const std::vector<std::string>& words);

  // True if for each key that was given the container has one of its values.
  bool Matches(const commands::Listing& listing) const;

  bool empty() const { return values_.empty(); }

 private:
  std::map<std::string, std::vector<std::string>> values_;  // by key
};

}  // namespace tare::cli
