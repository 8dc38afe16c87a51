#include <unistd.h>

#include "base/version.h"
#include "commands/features.h"
#include "kernel/file.h"
#include "messages/introspection.h"
#include "shim/commands.h"

namespace tare::shim {
namespace {

constexpr char kFeaturesType[] = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";
constexpr size_t kMostOptions = 4 << 20;

// The options in containerd's request. They make no difference here and are returned as they are.
messages::Any ReadOptions() {
  const StatusOr<std::string> input = isatty(STDIN_FILENO) != 0
                                          ? std::string()
                                          : kernel::ReadAll(STDIN_FILENO, "standard input", kMostOptions);
  return input.ok() ? messages::Decode<messages::Any>(*input).value_or(messages::Any{}) : messages::Any{};
}

}  // namespace

Status PrintInfo() {
  const messages::RuntimeInfo info{
      .name = "io.containerd.tare.v2",
      .version = {.version = std::string(kVersion), .revision = std::string(kCommit)},
      .options = ReadOptions(),
      .features = {.type_url = kFeaturesType, .value = commands::FeaturesDocument()}};
  return kernel::WriteOnce(STDOUT_FILENO, messages::Encode(info), "standard output");
}

}  // namespace tare::shim
