#include "commands/features.h"

#include "absl/strings/strip.h"
#include "base/version.h"
#include "rootfs/mount_options.h"
#include "security/capabilities.h"
#include "security/seccomp.h"
#include "spec/features.h"

namespace tare::commands {

std::string FeaturesDocument() {
  const std::string document = spec::FeaturesDocument({.version = std::string(kVersion),
                                                       .commit = std::string(kCommit),
                                                       .libseccomp_version = security::LibseccompVersion(),
                                                       .intel_rdt = true,
                                                       .mount_options = rootfs::KnownOptions(),
                                                       .capabilities = security::KnownCapabilities(),
                                                       .seccomp_flags = security::SupportedSeccompFlags()});
  return std::string(absl::StripSuffix(document, "\n"));
}

}  // namespace tare::commands
