// config.json: no text crashes the parser or the rules, and every fault begins with the document's name.
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "spec/parse.h"
#include "spec/rules.h"

namespace {

void ExpectNamed(const tare::Status& status) {
  if (!status.ok() && !absl::StartsWith(status.message(), "config.json: ")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const tare::StatusOr<tare::spec::Config> config = tare::spec::ParseConfig(text, "config.json");
  ExpectNamed(config.status());
  if (config.ok()) ExpectNamed(tare::spec::Check(*config));
  return 0;
}
