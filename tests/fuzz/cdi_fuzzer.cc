// CDI specifications: no text crashes a reader, and every fault begins with the file's name. What can be read
// is applied to a config, and the result is JSON.
#include <cstdint>

#include "absl/strings/match.h"
#include "cdi/edit_config.h"
#include "cdi/spec.h"
#include "require.h"

namespace {

using namespace tare;

void Read(absl::string_view text, cdi::Format format) {
  const StatusOr<cdi::Spec> spec = cdi::ReadSpec(text, format, "spec");
  if (!spec.ok()) return Require(absl::StartsWith(spec.status().message(), "spec: "));
  Require(!spec->devices.empty());
  StatusOr<json::Editor> config = json::Editor::Parse(R"({"process": {"env": ["A=1"]}})", "config.json");
  for (const cdi::Device& device : spec->devices) (void)cdi::Apply(device.edits, cdi::Nodes::kMake, *config);
  Require(json::Editor::Parse(config->Text(), "config.json").ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Read(text, cdi::Format::kJson);
  Read(text, cdi::Format::kYaml);
  return 0;
}
