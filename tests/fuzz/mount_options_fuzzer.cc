// The options of a mount: no words contradict themselves once they are translated, none that is known reaches
// the file system, and what is split keeps every byte but the commas.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "require.h"
#include "rootfs/mount_options.h"

namespace {

using namespace tare::rootfs;  // NOLINT(google-build-using-namespace)

void Split(const std::string& text, const std::vector<std::string>& words) {
  size_t at = 0;
  for (const std::string& word : words) {
    Require(!word.empty());
    at = text.find_first_not_of(',', at);
    Require(text.compare(at, word.size(), word) == 0);
    at += word.size();
  }
  Require(text.find_first_not_of(',', std::min(at, text.size())) == std::string::npos);
}

void Translate(const std::string& text) {
  const MountOptions options = ParseMountOptions({text});
  Require((options.flags & options.cleared_flags) == 0);
  const tare::kernel::MountChange& below = options.recursive_attributes;
  Require((below.set & below.clear & ~uint64_t{MOUNT_ATTR__ATIME}) == 0);
  const std::vector<std::string> known = KnownOptions();
  for (const std::string& word : options.data) {
    Require(!std::binary_search(known.begin(), known.end(), word));
    const auto [key, value] = SplitDataOption(word);
    Require(key.find('=') == std::string::npos && key.size() + value.size() <= word.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> words = SplitOptions(text);
  Split(text, words);
  Translate(text);
  size_t bytes = 0;
  const std::vector<Layer> layers = SplitLowerDirs(text);
  for (const Layer& layer : layers) bytes += layer.path.size();
  Require(!layers.empty() && bytes + layers.size() <= size + 1);
  if (const auto propagation = ParseRootPropagation(text); propagation.ok()) Require(propagation->kind != 0);
  return 0;
}
