// Checks every message: all fields have different numbers, and what is written is read again.
#include <gtest/gtest.h>

#include <set>

#include "messages/bootstrap.h"
#include "messages/events.h"
#include "messages/introspection.h"
#include "messages/metrics_v1.h"
#include "messages/metrics_v2.h"
#include "messages/options.h"
#include "messages/task.h"

namespace tare::messages {
namespace {

// Sets every field to a different value, and collects the numbers.
struct Filler {
  template <class T>
  Filler& operator()(uint32_t number, T& field) {
    numbers.push_back(number);
    Fill(field);
    return *this;
  }

  template <class Number>
  requires std::is_arithmetic_v<Number>
  void Fill(Number& field) { field = static_cast<Number>(++last); }
  void Fill(std::string& field) { field = absl::StrCat("text ", ++last); }
  template <OpenEnum E>
  void Fill(E& field) {
    field = static_cast<E>(++last);
  }
  template <Message M>
  void Fill(M& message) {
    Filler inner{.last = last};
    message.Fields(inner);
    last = inner.last;
  }
  template <class T>
  void Fill(std::optional<T>& field) {
    Fill(field.emplace());
  }
  template <class T>
  void Fill(std::vector<T>& fields) {
    fields.resize(2);
    for (T& field : fields) Fill(field);
  }
  void Fill(StringMap& map) {
    Fill(map["one"]);
    Fill(map["two"]);
  }

  int last = 0;
  std::vector<uint32_t> numbers;
};

template <class M>
void CheckMessage() {
  M message;
  Filler filler;
  message.Fields(filler);
  EXPECT_EQ(std::set<uint32_t>(filler.numbers.begin(), filler.numbers.end()).size(), filler.numbers.size())
      << M::kName << ": two fields of one number";
  const std::string bytes = Encode(message);
  const StatusOr<M> read = Decode<M>(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Encode(*read), bytes) << M::kName;
  EXPECT_EQ(Encode(M{}), "") << M::kName << ": defaults are not written";
  for (size_t size = 1; size < bytes.size(); ++size) {
    const StatusOr<M> part = Decode<M>(absl::string_view(bytes).substr(0, size));
    EXPECT_FALSE(part.ok() && Encode(*part) == bytes) << M::kName;
  }
}

template <class... M>
void CheckMessages() {
  (CheckMessage<M>(), ...);
}

TEST(Messages, AreReadAsTheyAreWritten) {
  CheckMessages<StateRequest, StateResponse, CreateTaskRequest, CreateTaskResponse, StartRequest,
                StartResponse, DeleteRequest, DeleteResponse, PidsRequest, PidsResponse, ProcessInfo,
                PauseRequest, ResumeRequest, CheckpointTaskRequest, KillRequest, ExecProcessRequest,
                ResizePtyRequest, CloseIoRequest, UpdateTaskRequest, WaitRequest, WaitResponse, StatsRequest,
                StatsResponse, ConnectRequest, ConnectResponse, ShutdownRequest, TaskCreate, TaskStart,
                TaskExit, TaskDelete, TaskExecAdded, TaskExecStarted, TaskPaused, TaskResumed, TaskOom,
                TaskCheckpointed, Envelope, ForwardRequest, Options, CheckpointOptions, ProcessDetails,
                BootstrapParams, BootstrapResult, RuntimeInfo, RpcStatus, Mount, metrics_v1::HugetlbStat,
                metrics_v1::CpuStat, metrics_v1::MemoryStat, metrics_v1::BlkIoStat, metrics_v1::NetworkStat,
                metrics_v1::CgroupStats, metrics_v1::Metrics, metrics_v2::CpuStat, metrics_v2::MemoryStat,
                metrics_v2::IoStat, metrics_v2::NetworkStat, metrics_v2::HugeTlbStat,
                metrics_v2::MemoryEvents, metrics_v2::Metrics>();
}

}  // namespace
}  // namespace tare::messages
