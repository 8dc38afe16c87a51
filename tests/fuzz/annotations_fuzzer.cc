// Annotations for systemd: no text crashes the reader of values, and what is refused is refused by name.
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "systemd/annotations.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const char* name :
       {"TimeoutStopSec", "TasksMax", "KillSignal", "SendSIGHUP", "Description", "After", "AllowedCPUs"}) {
    const std::string key = absl::StrCat("org.systemd.property.", name);
    const auto read = tare::systemd::PropertiesOf(std::map<std::string, std::string>{{key, text}});
    if (!read.ok() && !absl::StartsWith(read.status().message(), "annotation " + key)) std::abort();
  }
  return 0;
}
