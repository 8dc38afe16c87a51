// What containerd sends, as any of its messages (the first byte says which): no bytes crash the reader, and
// what was read is the same when written and read again.
#include <cstdint>
#include <cstdlib>
#include <iterator>

#include "messages/bootstrap.h"
#include "messages/events.h"
#include "messages/introspection.h"
#include "messages/metrics_v1.h"
#include "messages/metrics_v2.h"
#include "messages/options.h"
#include "messages/task.h"

namespace {

using namespace tare::messages;

template <class M>
void Check(absl::string_view bytes) {
  const auto read = Decode<M>(bytes);
  if (!read.ok()) return;
  const std::string written = Encode(*read);
  const auto again = Decode<M>(written);
  if (!again.ok() || Encode(*again) != written) abort();
}

using Checker = void (*)(absl::string_view);
constexpr Checker kCheckers[] = {
    Check<CreateTaskRequest>, Check<StateResponse>,       Check<ExecProcessRequest>,
    Check<UpdateTaskRequest>, Check<KillRequest>,         Check<PidsResponse>,
    Check<StatsResponse>,     Check<ForwardRequest>,      Check<BootstrapParams>,
    Check<BootstrapResult>,   Check<RuntimeInfo>,         Check<Options>,
    Check<CheckpointOptions>, Check<metrics_v1::Metrics>, Check<metrics_v2::Metrics>,
    Check<RpcStatus>};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  kCheckers[data[0] % std::size(kCheckers)]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
