#include "shim/options.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernel/file.h"
#include "spec/config.h"

namespace tare::shim {
namespace {

// runtimeoptions.v1.Options (containerd's api/types/runtimeoptions/v1/api.proto): what CRI passes to a
// runtime that it does not know.
struct RuntimeOptions {
  std::string type_url;
  std::string config_path;
  std::string config_body;
  TARE_MESSAGE("runtimeoptions.v1.Options", (1, type_url)(2, config_path)(3, config_body));
};

Status BadValue(absl::string_view name, absl::string_view value) {
  return InvalidError("runtime options: ", name, ": invalid value \"", value, "\"");
}

Status SetBool(bool& setting, absl::string_view name, absl::string_view value) {
  if (value != "true" && value != "false") return BadValue(name, value);
  setting = value == "true";
  return absl::OkStatus();
}

Status SetString(std::string& setting, absl::string_view name, absl::string_view value) {
  const char quote = value.size() < 2 ? '\0' : value.front();
  if ((quote != '"' && quote != '\'') || value.back() != quote) return BadValue(name, value);
  setting = std::string(value.substr(1, value.size() - 2));
  return absl::OkStatus();
}

Status SetNumber(uint32_t& setting, absl::string_view name, absl::string_view value) {
  return absl::SimpleAtoi(value, &setting) ? absl::OkStatus() : BadValue(name, value);
}

// Other names are ignored: BinaryName and CriuPath, for example, are for runc. Upper and lower case are the
// same, as when containerd reads this table for runc.
Status Set(messages::Options& options, absl::string_view name, absl::string_view value) {
  const auto is = [name](absl::string_view setting) { return absl::EqualsIgnoreCase(name, setting); };
  if (is("SystemdCgroup")) return SetBool(options.systemd_cgroup, name, value);
  if (is("NoPivotRoot")) return SetBool(options.no_pivot_root, name, value);
  if (is("NoNewKeyring")) return SetBool(options.no_new_keyring, name, value);
  if (is("ShimCgroup")) return SetString(options.shim_cgroup, name, value);
  if (is("Root")) return SetString(options.root, name, value);
  if (is("IoUid")) return SetNumber(options.io_uid, name, value);
  if (is("IoGid")) return SetNumber(options.io_gid, name, value);
  return absl::OkStatus();
}

// With this ID, chown(2) does nothing, and the pipes would still belong to root.
Status CheckOwner(const messages::Options& options) {
  if (options.io_uid == spec::kNoId) return BadValue("IoUid", absl::StrCat(options.io_uid));
  if (options.io_gid == spec::kNoId) return BadValue("IoGid", absl::StrCat(options.io_gid));
  return absl::OkStatus();
}

// A "#" begins a comment, except within a string.
absl::string_view WithoutComment(absl::string_view value) {
  const bool quoted = !value.empty() && (value.front() == '"' || value.front() == '\'');
  const size_t end = quoted ? value.find(value.front(), 1) : 0;
  return end == absl::string_view::npos ? value : value.substr(0, value.find('#', end));
}

StatusOr<messages::Options> Read(const messages::Any& any) {
  if (any.empty()) return messages::Options{};
  if (messages::Is(any, messages::Options::kName)) return messages::Unpack<messages::Options>(any);
  if (!messages::Is(any, RuntimeOptions::kName)) return messages::Options{};  // CheckpointOptions and others
  TARE_ASSIGN_OR_RETURN(RuntimeOptions runtime, messages::Unpack<RuntimeOptions>(any));
  if (runtime.config_path.empty()) return ParseToml(runtime.config_body);
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadFile(runtime.config_path, 1 << 20),
                        "runtime options");
  TARE_ASSIGN_OR_RETURN(messages::Options options, ParseToml(text), runtime.config_path);
  return options;
}

}  // namespace

StatusOr<messages::Options> ParseToml(absl::string_view text) {
  messages::Options options;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    const size_t equals = line.find('=');
    if (line.empty() || line[0] == '#' || line[0] == '[' || equals == absl::string_view::npos) continue;
    TARE_RETURN_IF_ERROR(
        Set(options, absl::StripAsciiWhitespace(line.substr(0, equals)),
            absl::StripAsciiWhitespace(WithoutComment(absl::StripAsciiWhitespace(line.substr(equals + 1))))));
  }
  return options;
}

StatusOr<messages::Options> ParseOptions(const messages::Any& any) {
  TARE_ASSIGN_OR_RETURN(messages::Options options, Read(any));
  TARE_RETURN_IF_ERROR(CheckOwner(options));
  return options;
}

}  // namespace tare::shim
