#include "resctrl/schemata.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tare::resctrl {
namespace {

struct Schema {
  std::string resource;
  std::map<std::string, std::string> shares;  // the key is the domain
};

// Bit masks of L3 lines are hexadecimal, bandwidths decimal. In both, leading zeros make no difference.
std::string Number(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  return absl::AsciiStrToLower(text);
}

Schema Parse(absl::string_view line) {
  const std::vector<absl::string_view> sides = absl::StrSplit(line, absl::MaxSplits(':', 1));
  Schema schema{.resource = std::string(absl::StripAsciiWhitespace(sides[0]))};
  if (sides.size() < 2) return schema;
  for (absl::string_view share : absl::StrSplit(sides[1], ';', absl::SkipWhitespace())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(share, absl::MaxSplits('=', 1));
    schema.shares[Number(parts[0])] = parts.size() < 2 ? "" : Number(parts[1]);
  }
  return schema;
}

std::vector<absl::string_view> Lines(absl::string_view text) {
  return absl::StrSplit(text, '\n', absl::SkipWhitespace());
}

bool Holds(const Schema& asked, const std::vector<Schema>& present) {
  return std::ranges::any_of(present, [&](const Schema& one) {
    return one.resource == asked.resource && std::ranges::all_of(asked.shares, [&](const auto& share) {
             const auto found = one.shares.find(share.first);
             return found != one.shares.end() && found->second == share.second;
           });
  });
}

}  // namespace

std::string CombinedSchema(const spec::IntelRdt& rdt) {
  std::string combined;
  for (absl::string_view line : Lines(rdt.l3_cache_schema)) {
    const bool overruled = !rdt.mem_bw_schema.empty() && Parse(line).resource == "MB";
    if (!overruled) absl::StrAppend(&combined, line, "\n");
  }
  if (!rdt.mem_bw_schema.empty()) absl::StrAppend(&combined, rdt.mem_bw_schema, "\n");
  return combined;
}

std::string FirstDifference(absl::string_view asked, absl::string_view present) {
  std::vector<Schema> schemata;
  for (absl::string_view line : Lines(present)) schemata.push_back(Parse(line));
  for (absl::string_view line : Lines(asked))
    if (!Holds(Parse(line), schemata)) return std::string(line);
  return "";
}

}  // namespace tare::resctrl
