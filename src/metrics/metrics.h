// Translates a container's statistics into containerd's metrics, which CRI, ctr and Prometheus read.
#pragma once

#include "messages/google.h"
#include "messages/metrics_v1.h"
#include "messages/metrics_v2.h"
#include "metrics/host.h"
#include "spec/stats.h"

namespace tare::metrics {

// The version that the statistics were read from. It decides which message contains them.
enum class CgroupVersion { kV1, kV2 };

messages::metrics_v1::Metrics MetricsV1(const spec::Stats& stats, const HostFacts& host = {});
messages::metrics_v2::Metrics MetricsV2(const spec::Stats& stats);

// io.containerd.cgroups.v1.Metrics or io.containerd.cgroups.v2.Metrics. Only the former contains facts about
// the host.
inline messages::Any MetricsOf(const spec::Stats& stats, CgroupVersion version, const HostFacts& host) {
  return version == CgroupVersion::kV2 ? messages::Pack(MetricsV2(stats))
                                       : messages::Pack(MetricsV1(stats, host));
}

}  // namespace tare::metrics
