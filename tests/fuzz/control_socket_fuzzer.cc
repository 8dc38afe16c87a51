// What is said at the control socket of a supervisor, by two at once: nobody is heard before they are
// attached, no input is longer than a packet may be, and whoever comes afterwards and asks in good
// order is answered.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "kernel/file.h"
#include "kernel/loop.h"
#include "kernel/socket.h"
#include "require.h"
#include "supervise/control_server.h"

namespace {

using namespace tare;             // NOLINT(google-build-using-namespace)
using namespace tare::supervise;  // NOLINT(google-build-using-namespace)
using namespace tare::session;    // NOLINT(google-build-using-namespace)

class Handler : public ControlServer::Handler {
 public:
  void OnStopRestarting(std::function<void()> done) override { done(); }
  void OnDump(bool) override {}
  void OnAwaitContainer(std::function<void()> done) override { done(); }
  void OnProgramStarts() override {}
  bool HasTerminal() const override { return true; }
  void OnInput(absl::string_view bytes) override { Require(attached && bytes.size() <= kMostBytes); }
  void OnEndInput() override { Require(attached); }
  void OnSize(uint16_t, uint16_t) override { Require(size_said); }
  void OnCaughtUp() override {}

  bool attached = false;   // somebody has asked to be
  bool size_said = false;  // by a packet that has no sign in it
};

// A socket's directory, which goes with the process.
class Place {
 public:
  Place() {
    Require(mkdtemp(path_) != nullptr);
    directory_ = kernel::Open(path_, O_PATH | O_DIRECTORY).value();
  }
  ~Place() { rmdir(path_); }
  kernel::Fd Listen() { return kernel::ListenUnix(directory_.get(), "sock", SOCK_SEQPACKET).value(); }
  kernel::Fd Come() {
    kernel::Fd socket = kernel::ConnectUnixAt(directory_.get(), "sock", SOCK_SEQPACKET).value();
    Require(fcntl(socket.get(), F_SETFL, O_NONBLOCK) == 0);
    return socket;
  }
  void Leave() { unlinkat(directory_.get(), "sock", 0); }

 private:
  char path_[40] = "/tmp/tare-control-fuzzer.XXXXXX";
  kernel::Fd directory_;
};

void Pass(kernel::Loop& loop) {
  for (int turn = 0; turn < 3; ++turn) {  // a connection, its packet, and what follows from that
    const kernel::Loop::Registration end = loop.After(absl::Milliseconds(1), [&loop] { loop.Stop(); });
    Require(loop.Run().ok());
  }
}

bool IsAnswered(kernel::Loop& loop, Place& place) {
  const kernel::Fd client = place.Come();
  Require(kernel::Send(client.get(), "S").ok());
  for (int turn = 0; turn < 100; ++turn) {
    Pass(loop);
    const StatusOr<kernel::Message> answer = kernel::Receive(client.get());
    if (answer.ok()) return answer->bytes == "d";
  }
  return false;
}

}  // namespace

// Packets, each with a byte before it: its length, and in the lowest bit who says it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Place place;
  Handler handler;
  const std::unique_ptr<kernel::Loop> loop = kernel::Loop::Make().value();
  const std::unique_ptr<ControlServer> server = ControlServer::Open(*loop, place.Listen(), handler).value();
  const kernel::Fd clients[2] = {place.Come(), place.Come()};
  absl::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const auto head = static_cast<unsigned char>(rest[0]);
    const absl::string_view packet = rest.substr(1, head / 2);
    rest.remove_prefix(1 + packet.size());
    if (!packet.empty() && packet[0] == 'a') handler.attached = true;
    if (!packet.empty() && packet[0] == 'z' && !absl::StrContains(packet, '-')) handler.size_said = true;
    (void)kernel::Send(clients[head % 2].get(), packet);  // who was sent away cannot
  }
  Pass(*loop);
  server->Show(Stream::kStdout, "output");
  Require(IsAnswered(*loop, place));
  place.Leave();
  return 0;
}
