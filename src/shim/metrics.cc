#include "shim/metrics.h"

namespace tare::shim {

messages::Any MetricsOf(const spec::Stats& stats, CgroupVersion version) {
  switch (version) {
    case CgroupVersion::kV1:
      return messages::Pack(MetricsV1(stats));
    case CgroupVersion::kV2:
      return messages::Pack(MetricsV2(stats));
  }
  return {};
}

}  // namespace tare::shim
