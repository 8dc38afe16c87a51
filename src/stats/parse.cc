#include "stats/parse.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace tare::stats {
namespace {

using Words = std::vector<absl::string_view>;

Words LinesOf(absl::string_view text) {
  return absl::StrSplit(text, '\n', absl::SkipWhitespace());
}

Words WordsOf(absl::string_view line) {
  return absl::StrSplit(line, ' ', absl::SkipWhitespace());
}

struct KeyValue {
  absl::string_view key;
  absl::string_view value;
};

KeyValue SplitPair(absl::string_view word) {
  const std::pair<absl::string_view, absl::string_view> pair = absl::StrSplit(word, absl::MaxSplits('=', 1));
  return {pair.first, pair.second};
}

// "MAJOR:MINOR". Nothing for other lines, such as "Total 5".
std::optional<spec::IoEntry> ParseDevice(absl::string_view word) {
  const Words numbers = absl::StrSplit(word, ':');
  spec::IoEntry entry;
  if (numbers.size() != 2 || !absl::SimpleAtoi(numbers[0], &entry.major) ||
      !absl::SimpleAtoi(numbers[1], &entry.minor))
    return std::nullopt;
  return entry;
}

double ParsePercent(absl::string_view text) {
  double percent = 0;
  return absl::SimpleAtod(text, &percent) ? percent : 0;
}

spec::Stall ParseStall(const Words& words) {
  spec::Stall stall;
  for (absl::string_view word : words) {
    const auto [key, value] = SplitPair(word);
    if (key == "avg10") stall.average10 = ParsePercent(value);
    if (key == "avg60") stall.average60 = ParsePercent(value);
    if (key == "avg300") stall.average300 = ParsePercent(value);
    if (key == "total") stall.total = ParseNumber(value);
  }
  return stall;
}

}  // namespace

uint64_t ParseNumber(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  uint64_t number = 0;
  if (text == "max") return spec::kUnlimited;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

std::map<std::string, uint64_t> ParseFlat(absl::string_view text) {
  std::map<std::string, uint64_t> values;
  for (absl::string_view line : LinesOf(text)) {
    const Words words = WordsOf(line);
    if (words.size() == 2) values[std::string(words[0])] = ParseNumber(words[1]);
  }
  return values;
}

std::vector<uint64_t> ParseNumbers(absl::string_view text) {
  std::vector<uint64_t> numbers;
  for (absl::string_view word : WordsOf(absl::StripAsciiWhitespace(text)))
    numbers.push_back(ParseNumber(word));
  return numbers;
}

std::vector<uint64_t> ParseColumn(absl::string_view text, absl::string_view name) {
  const Words lines = LinesOf(text);
  if (lines.empty()) return {};
  const Words heading = WordsOf(lines[0]);
  const auto column = static_cast<size_t>(std::ranges::find(heading, name) - heading.begin());
  std::vector<uint64_t> numbers;
  for (size_t i = 1; i < lines.size(); ++i) {
    const Words words = WordsOf(lines[i]);
    if (column < words.size()) numbers.push_back(ParseNumber(words[column]));
  }
  return numbers;
}

std::vector<uint16_t> ParseList(absl::string_view text) {
  std::vector<uint16_t> list;
  for (absl::string_view range : absl::StrSplit(absl::StripAsciiWhitespace(text), ',', absl::SkipEmpty())) {
    const Words ends = absl::StrSplit(range, absl::MaxSplits('-', 1));
    uint32_t first = 0;
    uint32_t last = 0;
    if (!absl::SimpleAtoi(ends.front(), &first) || !absl::SimpleAtoi(ends.back(), &last)) continue;
    for (; first <= last && first <= UINT16_MAX; ++first) list.push_back(static_cast<uint16_t>(first));
  }
  return list;
}

std::optional<spec::Pressure> ParsePressure(absl::string_view text) {
  std::optional<spec::Pressure> pressure;
  for (absl::string_view line : LinesOf(text)) {
    const Words words = WordsOf(line);
    if (words.empty()) continue;
    if (!pressure) pressure.emplace();
    if (words[0] == "some") pressure->some = ParseStall(words);
    if (words[0] == "full") pressure->full = ParseStall(words);
  }
  return pressure;
}

spec::IoEntries ParseIoStat(absl::string_view text, const IoKeys& keys) {
  spec::IoEntries entries;
  for (absl::string_view line : LinesOf(text)) {
    const Words words = WordsOf(line);
    std::optional<spec::IoEntry> entry = words.empty() ? std::nullopt : ParseDevice(words[0]);
    if (!entry) continue;
    for (absl::string_view word : words) {
      const auto [key, value] = SplitPair(word);
      const auto found = std::ranges::find(keys, key, &IoKeys::value_type::first);
      if (found == keys.end()) continue;
      entry->operation = std::string(found->second);
      entry->value = ParseNumber(value);
      entries.push_back(*entry);
    }
  }
  return entries;
}

spec::IoEntries ParseBlkio(absl::string_view text) {
  spec::IoEntries entries;
  for (absl::string_view line : LinesOf(text)) {
    const Words words = WordsOf(line);
    std::optional<spec::IoEntry> entry = words.empty() ? std::nullopt : ParseDevice(words[0]);
    if (!entry || words.size() < 2) continue;
    if (words.size() > 2) entry->operation = std::string(words[1]);
    entry->value = ParseNumber(words.back());
    entries.push_back(*std::move(entry));
  }
  return entries;
}

std::vector<spec::RdmaEntry> ParseRdma(absl::string_view text) {
  std::vector<spec::RdmaEntry> entries;
  for (absl::string_view line : LinesOf(text)) {
    const Words words = WordsOf(line);
    if (words.empty()) continue;
    spec::RdmaEntry entry{.device = std::string(words[0])};
    for (absl::string_view word : words) {
      const auto [key, value] = SplitPair(word);
      const auto number = static_cast<uint32_t>(std::min<uint64_t>(ParseNumber(value), UINT32_MAX));
      if (key == "hca_handle") entry.handles = number;
      if (key == "hca_object") entry.objects = number;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string HugepageSize(absl::string_view directory) {
  uint64_t kib = 0;
  if (!absl::ConsumePrefix(&directory, "hugepages-") || !absl::ConsumeSuffix(&directory, "kB") ||
      !absl::SimpleAtoi(directory, &kib))
    return "";
  if (kib >= 1 << 20) return absl::StrCat(kib >> 20, "GB");
  if (kib >= 1 << 10) return absl::StrCat(kib >> 10, "MB");
  return absl::StrCat(kib, "KB");
}

}  // namespace tare::stats
