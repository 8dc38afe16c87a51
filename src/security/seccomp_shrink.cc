#include "security/seccomp_shrink.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "security/seccomp_names.h"

namespace tare::security {
namespace {

using Code = std::vector<sock_filter>;

constexpr uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
constexpr uint16_t kReturn = BPF_RET | BPF_K;
constexpr uint16_t kGoto = BPF_JMP | BPF_JA;
constexpr uint16_t kIfEqual = BPF_JMP | BPF_JEQ | BPF_K;
constexpr uint16_t kIfGreater = BPF_JMP | BPF_JGT | BPF_K;
constexpr uint16_t kIfNotLess = BPF_JMP | BPF_JGE | BPF_K;
constexpr uint16_t kIfBits = BPF_JMP | BPF_JSET | BPF_K;
constexpr uint16_t kAnd = BPF_ALU | BPF_AND | BPF_K;

// The result of a filter for an architecture and a number: either an action, or that it depends on the
// arguments, which the instruction at index `value` is the first to load.
struct Outcome {
  enum Kind { kAction, kDepends } kind = kAction;
  uint32_t value = 0;

  bool operator==(const Outcome&) const = default;
  bool operator<(const Outcome& other) const {
    return std::tie(kind, value) < std::tie(other.kind, other.value);
  }
};

// The numbers from `first` up to the next range.
struct Range {
  uint32_t first = 0;
  Outcome outcome;
};
using Ranges = std::vector<Range>;

bool IsComparison(uint16_t code) {
  return code == kIfEqual || code == kIfGreater || code == kIfNotLess;
}

bool Holds(const sock_filter& condition, uint32_t value) {
  if (condition.code == kIfEqual) return value == condition.k;
  if (condition.code == kIfGreater) return value > condition.k;
  if (condition.code == kIfNotLess) return value >= condition.k;
  return (value & condition.k) != 0;
}

// Runs a filter as long as it only looks at the architecture and the number.
class Machine {
 public:
  explicit Machine(const Code& filter) : filter_(filter) {}

  // Returns nothing if the filter does something that FindRanges() could not represent by ranges of numbers.
  std::optional<Outcome> Run(uint32_t arch, uint32_t nr) {
    const uint32_t* loaded = nullptr;
    for (size_t at = 0; at < filter_.size(); ++at) {
      const sock_filter& step = filter_[at];
      if (step.code == kReturn) return Outcome{Outcome::kAction, step.k};
      if (step.code == kLoad) {
        if (step.k != offsetof(seccomp_data, nr) && step.k != offsetof(seccomp_data, arch))
          return Outcome{Outcome::kDepends, static_cast<uint32_t>(at)};
        loaded = step.k == offsetof(seccomp_data, nr) ? &nr : &arch;
      } else if (step.code == kGoto) {
        at += step.k;
      } else if (loaded == &nr ? Compares(step) : loaded == &arch && ComparesArch(step)) {
        at += Holds(step, *loaded) ? step.jt : step.jf;
      } else {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  // The architectures that the runs so far have compared with. All others take the same path as each other.
  const std::vector<uint32_t>& archs() const { return archs_; }

 private:
  static bool Compares(const sock_filter& step) {
    return IsComparison(step.code) || (step.code == kIfBits && step.k == kX32Bit);
  }

  bool ComparesArch(const sock_filter& step) {
    if (step.code != kIfEqual) return false;
    if (std::find(archs_.begin(), archs_.end(), step.k) == archs_.end()) archs_.push_back(step.k);
    return true;
  }

  const Code& filter_;
  std::vector<uint32_t> archs_;
};

// The numbers at which the result may change: those that the filter compares with, and where the bit
// of x32 changes.
std::vector<uint32_t> Borders(const Code& filter) {
  std::vector<uint32_t> borders = {0, kX32Bit, 2 * kX32Bit, 3 * kX32Bit};
  for (const sock_filter& step : filter) {
    if (!IsComparison(step.code)) continue;
    borders.push_back(step.k);
    borders.push_back(step.k + 1);  // after the greatest number this is 0, which is a border already
  }
  std::sort(borders.begin(), borders.end());
  borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
  return borders;
}

std::optional<Ranges> FindRanges(Machine& machine, uint32_t arch, const std::vector<uint32_t>& borders) {
  Ranges ranges;
  for (uint32_t border : borders) {
    const std::optional<Outcome> outcome = machine.Run(arch, border);
    if (!outcome) return std::nullopt;
    if (ranges.empty() || ranges.back().outcome != *outcome) ranges.push_back({border, *outcome});
  }
  return ranges;
}

// Writes a program from its end to its beginning. Jumps can only go forward, so their targets have always
// been written before. A label is the number of instructions from its own to the end of the program.
class Writer {
 public:
  using Label = size_t;

  Label Emit(sock_filter step) {
    backward_.push_back(step);
    return backward_.size();
  }

  Label Goto(Label target) { return Emit(BPF_STMT(kGoto, static_cast<uint32_t>(Distance(target)))); }

  Label If(uint16_t condition, uint32_t value, Label yes, Label no) {
    yes = Near(yes);
    no = Near(no);
    return Emit(
        BPF_JUMP(condition, value, static_cast<uint8_t>(Distance(yes)), static_cast<uint8_t>(Distance(no))));
  }

  // Makes the instructions that are written next continue at `target`.
  void FallInto(Label target) {
    if (target != backward_.size()) Goto(target);
  }

  // How many instructions the next one to be written has to skip.
  size_t Distance(Label target) const { return backward_.size() - target; }

  Code Finish() && {
    std::reverse(backward_.begin(), backward_.end());
    return std::move(backward_);
  }

 private:
  // A label that a conditional jump can reach (its distance is one byte), even after two more instructions.
  Label Near(Label target) { return Distance(target) <= 253 ? target : Goto(target); }

  Code backward_;
};

class Shrinker {
 public:
  explicit Shrinker(const Code& filter) : filter_(filter) {}

  // Keeps the filter's own instructions where they look at arguments, and all instructions that follow from
  // there. Returns false if one of them is unknown.
  bool KeepWhatDepends(const std::vector<Ranges>& all) {
    std::vector<bool> keep(filter_.size());
    for (const Ranges& ranges : all)
      for (const Range& range : ranges)
        if (range.outcome.kind == Outcome::kDepends) keep[range.outcome.value] = true;
    for (size_t at = 0; at < filter_.size(); ++at)
      if (keep[at] && !MarkNext(at, keep)) return false;
    for (size_t at = filter_.size(); at-- > 0;)
      if (keep[at]) kept_[at] = Copy(at);
    return true;
  }

  // The first of `archs` represents all that are not listed.
  Code Write(const std::vector<uint32_t>& archs, const std::vector<Ranges>& by_arch) {
    Writer::Label chain = Section(by_arch[0]);
    for (size_t i = archs.size(); i-- > 1;) {
      const Writer::Label section = Section(by_arch[i]);
      chain = writer_.If(kIfEqual, archs[i], section, chain);
    }
    writer_.FallInto(chain);
    writer_.Emit(BPF_STMT(kLoad, offsetof(seccomp_data, arch)));
    return std::move(writer_).Finish();
  }

 private:
  bool MarkNext(size_t at, std::vector<bool>& keep) const {
    const sock_filter& step = filter_[at];
    if (step.code == kReturn) return true;
    const bool jumps = IsComparison(step.code) || step.code == kIfBits;
    if (!jumps && step.code != kGoto && step.code != kLoad && step.code != kAnd) return false;
    const size_t next = at + 1;
    const size_t yes = next + (jumps ? step.jt : step.code == kGoto ? step.k : 0);
    const size_t no = jumps ? next + step.jf : yes;
    if (yes >= keep.size() || no >= keep.size()) return false;
    keep[yes] = keep[no] = true;
    return true;
  }

  // Jumps can only become shorter, because instructions in between are left out.
  Writer::Label Copy(size_t at) {
    const sock_filter& step = filter_[at];
    if (step.code == kGoto) return writer_.Goto(kept_[at + 1 + step.k]);
    if (IsComparison(step.code) || step.code == kIfBits)
      return writer_.If(step.code, step.k, kept_[at + 1 + step.jt], kept_[at + 1 + step.jf]);
    return writer_.Emit(step);  // continues with the next one, which was written before it
  }

  Writer::Label Section(const Ranges& ranges) {
    if (ranges.size() == 1) return Leaf(ranges[0].outcome);
    writer_.FallInto(Tree(ranges.data(), ranges.size()));
    return writer_.Emit(BPF_STMT(kLoad, offsetof(seccomp_data, nr)));
  }

  Writer::Label Tree(const Range* ranges, size_t count) {
    if (count == 1) return Leaf(ranges->outcome);
    if (const std::vector<Range> exceptions = Exceptions(ranges, count); !exceptions.empty())
      return Chain(exceptions, ranges[count - 1].outcome);
    const size_t half = count / 2;
    const Writer::Label upper = Tree(ranges + half, count - half);
    const Writer::Label lower = Tree(ranges, half);
    return writer_.If(kIfNotLess, ranges[half].first, upper, lower);
  }

  // The single numbers whose outcome differs from that of the last range, if they are few and all other
  // numbers have that outcome. Otherwise empty.
  static std::vector<Range> Exceptions(const Range* ranges, size_t count) {
    constexpr size_t kFew = 4;
    std::vector<Range> exceptions;
    for (size_t i = 0; i + 1 < count; ++i) {
      if (ranges[i].outcome == ranges[count - 1].outcome) continue;
      if (ranges[i + 1].first - ranges[i].first != 1 || exceptions.size() == kFew) return {};
      exceptions.push_back(ranges[i]);
    }
    return exceptions;
  }

  Writer::Label Chain(const std::vector<Range>& exceptions, const Outcome& otherwise) {
    Writer::Label next = Leaf(otherwise);
    for (const Range& exception : exceptions) {
      const Writer::Label leaf = Leaf(exception.outcome);
      next = writer_.If(kIfEqual, exception.first, leaf, next);
    }
    return next;
  }

  // A leaf that was written a short distance away is used again.
  Writer::Label Leaf(const Outcome& outcome) {
    constexpr size_t kNear = 128;
    const auto last = leaves_.find(outcome);
    if (last != leaves_.end() && writer_.Distance(last->second) <= kNear) return last->second;
    const Writer::Label label = outcome.kind == Outcome::kAction
                                    ? writer_.Emit(BPF_STMT(kReturn, outcome.value))
                                    : writer_.Goto(kept_[outcome.value]);
    leaves_[outcome] = label;
    return label;
  }

  const Code& filter_;
  Writer writer_;
  std::map<size_t, Writer::Label> kept_;  // by place in the filter
  std::map<Outcome, Writer::Label> leaves_;
};

}  // namespace

std::vector<sock_filter> Shrink(const std::vector<sock_filter>& filter) {
  constexpr uint32_t kNoArch = 1;  // no AUDIT_ARCH_*
  const std::vector<uint32_t> borders = Borders(filter);
  Machine machine(filter);
  // Begin with an unknown architecture: the filter compares it with all that it knows.
  std::vector<uint32_t> archs = {kNoArch};
  std::vector<Ranges> by_arch;
  for (size_t i = 0; i < archs.size(); ++i) {
    std::optional<Ranges> ranges = FindRanges(machine, archs[i], borders);
    if (!ranges) return filter;
    by_arch.push_back(*std::move(ranges));
    if (i == 0) archs.insert(archs.end(), machine.archs().begin(), machine.archs().end());
  }
  Shrinker shrinker(filter);
  if (!shrinker.KeepWhatDepends(by_arch)) return filter;
  std::vector<sock_filter> shrunk = shrinker.Write(archs, by_arch);
  return shrunk.size() < filter.size() ? shrunk : filter;
}

}  // namespace tare::security
