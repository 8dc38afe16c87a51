#include "cli/version.h"

#include "cli/help.h"
#include "security/seccomp.h"
#include "spec/features.h"

namespace tare::cli {

constinit const absl::string_view kVersion = TARE_VERSION;
constinit const absl::string_view kCommit = TARE_COMMIT;

std::string VersionText() {
  return absl::StrCat("tare version ", kVersion, "\ncommit: ", kCommit, "\nspec: ", spec::kOciVersion,
                      "\nlibseccomp: ", security::LibseccompVersion(), "\n");
}

}  // namespace tare::cli
