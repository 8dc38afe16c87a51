// What CNI plugins print, and configuration lists: programs and files that others have written.
#include "hooks/cni/call.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/record.h"
#include "hooks/cni/result.h"
#include "hooks/cni/subnets.h"
#include "hooks/cni/versions.h"
#include "json/editor.h"
#include "require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tare;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  (void)cni::ErrorOf(text);
  (void)cni::ParseVersions(text);
  (void)cni::ParseRecord(text, "record");
  if (const StatusOr<cni::Joined> joined = cni::ParseResult(text, "n", "eth0"); joined.ok())
    for (const std::string& address : joined->addresses) Require(cni::ParseNetwork(address).has_value());
  const StatusOr<cni::NetworkList> list = cni::ParseNetworkList(text, "list");
  if (!list.ok()) return 0;
  (void)cni::SubnetsOf(*list);
  for (const cni::PluginConfig& plugin : list->plugins) {
    Require(plugin.type.find('/') == std::string::npos);
    const StatusOr<std::string> input = cni::PluginInput(
        plugin, {.network = list->name, .version = "1.0.0", .runtime_config = R"({"ips":[]})"});
    Require(input.ok() && json::Editor::Parse(*input, "input").ok());
  }
  return 0;
}
