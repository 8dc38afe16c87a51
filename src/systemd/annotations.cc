#include "systemd/annotations.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace tare::systemd {
namespace {

using dbus::Property;
using dbus::Value;

enum class Type { kBool, kInt32, kUint32, kUint64, kString, kBytes, kStrings };

struct Allowed {
  const char* name;
  Type type;
};

// org.freedesktop.systemd1(5), "Scope Unit Objects", and the properties that scopes share with other units.
constexpr Allowed kAllowed[] = {
    {"After", Type::kStrings},
    {"AllowedCPUs", Type::kBytes},
    {"AllowedMemoryNodes", Type::kBytes},
    {"Before", Type::kStrings},
    {"CPUAccounting", Type::kBool},
    {"CPUQuotaPerSecUSec", Type::kUint64},
    {"CPUQuotaPeriodUSec", Type::kUint64},
    {"CPUWeight", Type::kUint64},
    {"CollectMode", Type::kString},
    {"DefaultMemoryLow", Type::kUint64},
    {"DefaultMemoryMin", Type::kUint64},
    {"Description", Type::kString},
    {"Documentation", Type::kStrings},
    {"FinalKillSignal", Type::kInt32},
    {"IOAccounting", Type::kBool},
    {"IOWeight", Type::kUint64},
    {"IPAccounting", Type::kBool},
    {"KillSignal", Type::kInt32},
    {"ManagedOOMMemoryPressure", Type::kString},
    {"ManagedOOMMemoryPressureLimit", Type::kUint32},
    {"ManagedOOMPreference", Type::kString},
    {"ManagedOOMSwap", Type::kString},
    {"MemoryAccounting", Type::kBool},
    {"MemoryHigh", Type::kUint64},
    {"MemoryLow", Type::kUint64},
    {"MemoryMax", Type::kUint64},
    {"MemoryMin", Type::kUint64},
    {"MemorySwapMax", Type::kUint64},
    {"MemoryZSwapMax", Type::kUint64},
    {"OOMPolicy", Type::kString},
    {"PartOf", Type::kStrings},
    {"RuntimeMaxUSec", Type::kUint64},
    {"RuntimeRandomizedExtraUSec", Type::kUint64},
    {"SendSIGHUP", Type::kBool},
    {"SendSIGKILL", Type::kBool},
    {"StartupCPUWeight", Type::kUint64},
    {"StartupIOWeight", Type::kUint64},
    {"StopWhenUnneeded", Type::kBool},
    {"TasksAccounting", Type::kBool},
    {"TasksMax", Type::kUint64},
    {"TimeoutStopUSec", Type::kUint64},
};

// Reads the text format of GVariant (glib, "GVariant Text Format"), as far as the types above need it.
class TextReader {
 public:
  explicit TextReader(absl::string_view text) : rest_(text) {}

  StatusOr<Value> Read(Type type) {
    SkipType();
    TARE_ASSIGN_OR_RETURN(Value value, ReadValue(type));
    SkipSpace();
    if (!rest_.empty()) return InvalidError("unexpected \"", rest_, "\" after the value");
    return value;
  }

  // Seconds, possibly with a fraction, as microseconds.
  StatusOr<Value> ReadSeconds() {
    SkipType();
    double seconds = 0;
    if (!absl::SimpleAtod(rest_, &seconds) || !(seconds >= 0) || seconds > 1e12)
      return InvalidError("\"", rest_, "\" is not a number of seconds");
    return Value(static_cast<uint64_t>(std::llround(seconds * 1e6)));
  }

 private:
  void SkipSpace() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }

  // Skips the type in "uint64 5" and "@as []": the name of the property determines which type it must be.
  void SkipType() {
    SkipSpace();
    const size_t space = rest_.find(' ');
    if (space == absl::string_view::npos) return;
    const absl::string_view word = rest_.substr(0, space);
    for (const char* type :
         {"boolean", "byte", "int16", "uint16", "int32", "uint32", "int64", "uint64", "double", "string"})
      if (word == type) rest_.remove_prefix(space);
    if (absl::StartsWith(word, "@")) rest_.remove_prefix(space);
    SkipSpace();
  }

  StatusOr<Value> ReadValue(Type type) {
    switch (type) {
      case Type::kBool:
        return ReadBool();
      case Type::kInt32:
        return ReadNumber<int32_t>();
      case Type::kUint32:
        return ReadNumber<uint32_t>();
      case Type::kUint64:
        return ReadNumber<uint64_t>();
      case Type::kString:
        return ReadString();
      case Type::kBytes:
        return ReadArray<uint8_t>([this] { return ReadByte(); });
      case Type::kStrings:
        return ReadArray<std::string>([this] { return ReadString(); });
    }
    return InvalidError("unknown type");
  }

  StatusOr<bool> ReadBool() {
    if (absl::ConsumePrefix(&rest_, "true")) return true;
    if (absl::ConsumePrefix(&rest_, "false")) return false;
    return InvalidError("\"", rest_, "\" is neither true nor false");
  }

  template <typename Number>
  StatusOr<Number> ReadNumber() {
    SkipSpace();
    const absl::string_view word = rest_.substr(0, rest_.find_first_of(" ,]"));
    Number number = 0;
    const bool hexadecimal = absl::StartsWith(word, "0x");
    if (!(hexadecimal ? absl::SimpleHexAtoi(word, &number) : absl::SimpleAtoi(word, &number)))
      return InvalidError("\"", word, "\" is not a number, or is out of range");
    rest_.remove_prefix(word.size());
    return number;
  }

  StatusOr<uint8_t> ReadByte() {
    SkipType();
    TARE_ASSIGN_OR_RETURN(const uint32_t number, ReadNumber<uint32_t>());
    if (number > std::numeric_limits<uint8_t>::max())
      return InvalidError(number, " is not a byte (0 to 255)");
    return static_cast<uint8_t>(number);
  }

  StatusOr<std::string> ReadString() {
    SkipSpace();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"'))
      return InvalidError("\"", rest_, "\" is not a quoted string");
    const char quote = rest_[0];
    rest_.remove_prefix(1);
    std::string text;
    while (!rest_.empty() && rest_[0] != quote) {
      if (rest_[0] == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) break;
      text += rest_[0];
      rest_.remove_prefix(1);
    }
    if (!absl::ConsumePrefix(&rest_, absl::string_view(&quote, 1)))
      return InvalidError("the string has no closing quote");
    return text;
  }

  template <typename T, typename Element>
  StatusOr<Value> ReadArray(Element element) {
    std::vector<T> array;
    SkipSpace();
    if (!absl::ConsumePrefix(&rest_, "[")) return InvalidError("\"", rest_, "\" is not an array");
    SkipSpace();
    while (!absl::ConsumePrefix(&rest_, "]")) {
      if (!array.empty() && !absl::ConsumePrefix(&rest_, ","))
        return InvalidError("the array has no closing bracket");
      TARE_ASSIGN_OR_RETURN(T one, element());
      array.push_back(std::move(one));
      SkipSpace();
    }
    return Value(std::move(array));
  }

  absl::string_view rest_;
};

StatusOr<Property> Read(absl::string_view name, absl::string_view text) {
  const bool seconds = absl::EndsWith(name, "Sec") && !absl::EndsWith(name, "USec");
  const std::string known =
      seconds ? absl::StrCat(absl::StripSuffix(name, "Sec"), "USec") : std::string(name);
  for (const Allowed& allowed : kAllowed) {
    if (known != allowed.name) continue;
    TextReader reader(text);
    TARE_ASSIGN_OR_RETURN(Value value, seconds ? reader.ReadSeconds() : reader.Read(allowed.type));
    return Property{known, std::move(value)};
  }
  return InvalidError("systemd property ", name, " is not allowed (see tare(8) for those that are)");
}

}  // namespace

StatusOr<std::vector<Property>> PropertiesOf(const std::map<std::string, std::string>& annotations) {
  std::vector<Property> properties;
  for (const auto& [key, text] : annotations) {
    absl::string_view name = key;
    if (!absl::ConsumePrefix(&name, "org.systemd.property.")) continue;
    TARE_ASSIGN_OR_RETURN(Property property, Read(name, text), "annotation ", key);
    properties.push_back(std::move(property));
  }
  return properties;
}

}  // namespace tare::systemd
