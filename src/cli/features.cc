#include "spec/features.h"

#include "absl/strings/strip.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/version.h"
#include "rootfs/mount_options.h"
#include "security/capabilities.h"
#include "security/seccomp.h"

namespace tare::cli {
namespace {

StatusOr<int> Run(const lifecycle::Runtime&, const Arguments&) {
  std::string document = spec::FeaturesDocument({.version = std::string(kVersion),
                                                 .commit = std::string(kCommit),
                                                 .libseccomp_version = security::LibseccompVersion(),
                                                 .mount_options = rootfs::KnownOptions(),
                                                 .capabilities = security::KnownCapabilities(),
                                                 .seccomp_flags = security::SupportedSeccompFlags()});
  TARE_RETURN_IF_ERROR(Print(absl::StrCat(absl::StripSuffix(document, "\n"), "\n")));
  return 0;
}

}  // namespace

constinit const Command kFeaturesCommand = {
    .name = "features",
    .summary = "show what this build and this kernel can do",
    .operands = "",
    .description = "   Prints the features document of the specification (features.md) as JSON.\n",
    .min_words = 0,
    .max_words = 0,
    .run = Run,
};

}  // namespace tare::cli
