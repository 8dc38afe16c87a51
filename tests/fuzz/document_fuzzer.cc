// The smaller documents: a process, resources, and the record, which is the same after having been
// written and read.
#include <cstdint>
#include <cstdlib>

#include "container/record.h"
#include "spec/parse.h"
#include "spec/rules.h"

namespace {

using namespace tare;  // NOLINT(google-build-using-namespace)

void Process(absl::string_view text) {
  const StatusOr<spec::Process> process = spec::ParseProcess(text, "process.json");
  if (process.ok()) spec::Check(*process).IgnoreError();
}

void Resources(absl::string_view text) {
  const StatusOr<spec::Resources> resources = spec::ParseResources(text, "resources");
  if (resources.ok()) spec::Check(*resources).IgnoreError();
}

void Record(absl::string_view text) {
  const StatusOr<container::Record> record = container::ParseRecord(text, "container.json");
  if (!record.ok()) return;
  const std::string written = container::RecordJson(*record);
  const StatusOr<container::Record> again = container::ParseRecord(written, "container.json");
  if (!again.ok() || container::RecordJson(*again) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Process(text);
  Resources(text);
  Record(text);
  return 0;
}
