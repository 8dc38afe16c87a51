#include "base/version.h"

namespace tare {

constinit const absl::string_view kVersion = TARE_VERSION;
constinit const absl::string_view kCommit = TARE_COMMIT;

}  // namespace tare
