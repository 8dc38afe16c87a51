// A container's statistics as containerd's metrics, which CRI, ctr and Prometheus read.
#pragma once

#include "messages/google.h"
#include "messages/metrics_v1.h"
#include "messages/metrics_v2.h"
#include "spec/stats.h"

namespace tare::shim {

// Where the numbers come from, and so which message holds them.
enum class CgroupVersion { kV1, kV2 };

// io.containerd.cgroups.v1.Metrics, or v2's.
messages::Any MetricsOf(const spec::Stats& stats, CgroupVersion version);

messages::metrics_v1::Metrics MetricsV1(const spec::Stats& stats);
messages::metrics_v2::Metrics MetricsV2(const spec::Stats& stats);

}  // namespace tare::shim
