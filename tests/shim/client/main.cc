#include <cstdio>
#include <fstream>
#include <sstream>

#include "client.h"

namespace shim_client {
namespace {

constexpr char kUsage[] =
    "shim_client SOCKET METHOD [PATH=VALUE | PATH=@FILE | payload=@FILE]... [-- METHOD ...]...\n"
    "  calls the task service over one connection; SERVICE=NAME: another one; TIMEOUT=SECONDS (10)\n"
    "shim_client events SOCKET [FILE]\n"
    "  is containerd's events service, and shows events; while FILE exists, refuses them with the code in "
    "it\n";

tare::Status Run(const Arguments& words) {
  if (words.size() >= 2 && words[0] == "events") return ServeEvents({words.begin() + 1, words.end()});
  if (words.size() >= 2) return Call(words);
  return tare::InvalidError(kUsage);
}

}  // namespace

tare::StatusOr<std::string> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace shim_client

int main(int argc, char** argv) {
  const tare::Status status = shim_client::Run({argv + 1, argv + argc});
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString(absl::StatusToStringMode::kWithNoExtraData).c_str());
  return 1;
}
