#include "ttrpc/server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>

#include "kernel/socket.h"
#include "ttrpc/client.h"
#include "ttrpc/envelope.h"
#include "ttrpc/frame.h"

namespace tare::ttrpc {
namespace {

kernel::Fd ListenAt(const std::string& path) {
  kernel::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(listen(socket.get(), 64), 0);
  return socket;
}

// A server and the Loop that it shares with its clients. "Echo" responds with its request, "Fail" with an
// error, and "Keep" when the test wants it to.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    char name[] = "/tmp/ttrpc_test.XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/socket";
    loop_ = *kernel::Loop::Make();
    auto handler = [this](Call call, Respond respond) { Serve(std::move(call), std::move(respond)); };
    server_ = *Server::Make(*loop_, ListenAt(path_), handler);
  }
  ~ServerTest() override {
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Serve(Call call, Respond respond) {
    if (call.method == "Echo") return respond(call.service + ":" + call.payload);
    if (call.method == "Fail") return respond(absl::FailedPreconditionError("not \xff now"));
    if (call.method == "Large") return respond(std::string(kMaxData + 1, 'x'));
    kept_.push_back(std::move(respond));
  }

  std::unique_ptr<Client> Connect() { return *Client::Connect(*loop_, path_); }

  // Runs the Loop until `done`.
  void Until(const std::function<bool()>& done) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    kernel::Loop::Registration timer;
    std::function<void()> look = [&] {
      if (done() || absl::Now() > end) return loop_->Stop();
      timer = loop_->After(absl::Milliseconds(1), look);
    };
    look();
    EXPECT_TRUE(loop_->Run().ok());
    EXPECT_TRUE(done()) << "not within 20 s";
  }

  StatusOr<std::string> CallAndWait(Client& client, Call call,
                                    absl::Duration timeout = absl::InfiniteDuration()) {
    std::optional<StatusOr<std::string>> result;
    client.Send(std::move(call), timeout, [&](StatusOr<std::string> answer) { result = std::move(answer); });
    EXPECT_FALSE(result.has_value()) << "answered from within Send()";
    Until([&] { return result.has_value(); });
    return *result;
  }

  std::string directory_, path_;
  std::unique_ptr<kernel::Loop> loop_;
  std::unique_ptr<Server> server_;
  std::vector<Respond> kept_;
};

// A client that can send what Client does not send.
struct Raw {
  explicit Raw(const std::string& path) : socket(*kernel::ConnectUnix(path, SOCK_STREAM | SOCK_NONBLOCK)) {}
  // Sends as much of `bytes` as the socket accepts.
  void Send(const std::string& bytes) {
    unsent += bytes;
    const ssize_t count = send(socket.get(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (count > 0) unsent.erase(0, static_cast<size_t>(count));
  }
  // Reads what has arrived; false if the server has closed the connection.
  bool Receive() {
    if (!unsent.empty()) Send("");
    char buffer[65536];
    const ssize_t count = recv(socket.get(), buffer, sizeof buffer, 0);
    if (count <= 0) return count < 0 && errno == EAGAIN;
    return parser
        .Parse({buffer, static_cast<size_t>(count)},
               [this](Frame frame) {
                 frames.push_back(std::move(frame));
                 return true;
               })
        .ok();
  }
  Response ResponseAt(size_t i) { return *messages::Decode<Response>(frames.at(i).data); }

  kernel::Fd socket;
  std::string unsent;
  FrameParser parser;
  std::vector<Frame> frames;
};

std::string RequestFrame(uint32_t stream, const std::string& method, const std::string& payload = "") {
  return Encode({.stream = stream,
                 .data = messages::Encode(Request{.service = "s", .method = method, .payload = payload})});
}

TEST_F(ServerTest, AnswersWithTheResponseOrTheError) {
  auto client = Connect();
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", "hello"}), "s:hello");
  EXPECT_EQ(*CallAndWait(*client, {"", "Echo", ""}), ":");
  EXPECT_EQ(CallAndWait(*client, {"s", "Fail", ""}).status(), absl::FailedPreconditionError("not ? now"));
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", "again"}), "s:again");
}

TEST_F(ServerTest, AnswersManyAtOnceInAnyOrder) {
  auto client = Connect();
  std::vector<std::string> answers;
  for (const char* method : {"Keep", "Keep", "Echo"})
    client->Send({"s", method, method}, absl::InfiniteDuration(),
                 [&](StatusOr<std::string> answer) { answers.push_back(*answer); });
  Until([&] { return answers.size() == 1 && kept_.size() == 2; });
  kept_[1]("second");
  kept_[0]("first");
  Until([&] { return answers.size() == 3; });
  EXPECT_EQ(answers, (std::vector<std::string>{"s:Echo", "second", "first"}));
}

TEST_F(ServerTest, ServesManyClients) {
  constexpr size_t kClients = 40, kCalls = 50;
  std::vector<std::unique_ptr<Client>> clients;
  size_t right = 0;
  for (size_t i = 0; i < kClients; ++i) {
    clients.push_back(Connect());
    for (size_t k = 0; k < kCalls; ++k) {
      const std::string word = absl::StrCat(i, "/", k);
      clients.back()->Send({"s", "Echo", word}, absl::InfiniteDuration(),
                           [&right, word](auto answer) { right += answer.ok() && *answer == "s:" + word; });
    }
  }
  Until([&] { return right == kClients * kCalls; });
  EXPECT_EQ(server_->connections(), kClients);
  clients.clear();
  Until([&] { return server_->connections() == 0; });
}

TEST_F(ServerTest, AnswersOnce) {
  auto client = Connect();
  int answers = 0;
  client->Send({"s", "Keep", ""}, absl::InfiniteDuration(), [&](const auto&) { ++answers; });
  Until([&] { return kept_.size() == 1; });
  kept_[0]("one");
  kept_[0]("two");
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", ""}), "s:");
  EXPECT_EQ(answers, 1);
}

TEST_F(ServerTest, AnsweringAClientThatHasGoneIsNothing) {
  auto client = Connect();
  client->Send({"s", "Keep", ""}, absl::InfiniteDuration(), [](const auto&) { FAIL(); });
  Until([&] { return kept_.size() == 1; });
  client.reset();
  kept_[0]("at once, the end unseen");
  Until([&] { return server_->connections() == 0; });
  kept_[0]("later");
  server_.reset();
  kept_[0]("after the server");
}

TEST_F(ServerTest, CarriesFourMebibytes) {
  auto client = Connect();
  const std::string payload(kMaxData - 100, 'x');
  const auto answer = CallAndWait(*client, {"s", "Echo", payload});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(*answer == "s:" + payload);
}

TEST_F(ServerTest, SaysThatAMessageIsTooLarge) {
  auto client = Connect();
  EXPECT_EQ(CallAndWait(*client, {"s", "Echo", std::string(kMaxData, 'x')}).status().code(),
            absl::StatusCode::kResourceExhausted)
      << "not sent";
  EXPECT_EQ(CallAndWait(*client, {"s", "Large", ""}).status().code(), absl::StatusCode::kResourceExhausted)
      << "the response";
  Raw raw(path_);
  raw.Send(Encode({.stream = 1, .data = std::string(kMaxData + 1, 'x')}) + RequestFrame(3, "Echo", "next") +
           RequestFrame(5, "Large"));
  Until([&] { return raw.Receive() && raw.frames.size() == 3; });
  EXPECT_EQ(raw.ResponseAt(0).status.code, static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(raw.frames[0].stream, 1u);
  EXPECT_EQ(raw.ResponseAt(1).payload, "s:next") << "the connection goes on";
  EXPECT_FALSE(raw.frames[2].too_long);
  EXPECT_EQ(raw.ResponseAt(2).status.code, static_cast<int>(absl::StatusCode::kResourceExhausted));
}

TEST_F(ServerTest, RefusesFramesThatAreNoRequests) {
  Raw raw(path_);
  raw.Send(RequestFrame(2, "Echo"));  // even
  raw.Send(RequestFrame(5, "Echo") + RequestFrame(5, "Echo") +
           RequestFrame(3, "Echo"));                                       // not higher than the last one
  raw.Send(Encode({.stream = 7, .type = FrameType::kData, .data = "x"}));  // no such stream
  raw.Send(Encode({.stream = 9, .data = "\xff"}));                         // not a message
  raw.Send(Encode({.stream = 11, .type = FrameType::kResponse}) +
           Encode({.stream = 11, .type = static_cast<FrameType>(77)}));  // ignored
  raw.Send(RequestFrame(13, "Echo", "last"));
  Until([&] { return raw.Receive() && raw.frames.size() == 7; });
  const std::vector<uint32_t> streams{2, 5, 5, 3, 7, 9, 13};
  for (size_t i = 0; i < streams.size(); ++i) {
    EXPECT_EQ(raw.frames[i].stream, streams[i]);
    EXPECT_EQ(raw.frames[i].type, FrameType::kResponse);
    const bool fine = i == 1 || i == 6;
    EXPECT_EQ(raw.ResponseAt(i).status.code, fine ? 0 : static_cast<int>(absl::StatusCode::kInvalidArgument))
        << i;
  }
}

TEST_F(ServerTest, DataOnAUnaryStreamEndsTheStream) {
  Raw raw(path_);
  raw.Send(RequestFrame(1, "Keep") + Encode({.stream = 1, .type = FrameType::kData, .data = "x"}));
  Until([&] { return raw.Receive() && raw.frames.size() == 1 && kept_.size() == 1; });
  kept_[0]("too late");
  raw.Send(RequestFrame(3, "Echo"));
  Until([&] { return raw.Receive() && raw.frames.size() == 2; });
  EXPECT_EQ(raw.frames[1].stream, 3u);
}

TEST_F(ServerTest, EndsAConnectionThatSpeaksSomethingElseAndNoOther) {
  auto client = Connect();
  Raw raw(path_);
  raw.Send("GET / HTTP/1.1\r\n\r\n");
  Until([&] { return !raw.Receive(); });
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", ""}), "s:");
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_F(ServerTest, HalfAFrameAndAnEndAreNothing) {
  {
    Raw raw(path_);
    raw.Send(RequestFrame(1, "Echo").substr(0, 12));
    Until([&] { return server_->connections() == 1; });
  }
  Until([&] { return server_->connections() == 0; });
}

// The server keeps unread responses up to a limit. Above it, it does not read requests either.
TEST_F(ServerTest, IsNotFilledUpByASlowReader) {
  Raw raw(path_);
  std::string requests;
  constexpr uint32_t kCalls = 200;
  for (uint32_t i = 0; i < kCalls; ++i) requests += RequestFrame(2 * i + 1, "Echo", std::string(100000, 'x'));
  raw.Send(requests);
  auto other = Connect();
  for (int unmoved = 0; unmoved < 20 && !raw.unsent.empty(); ++unmoved) {
    const size_t before = raw.unsent.size();
    raw.Send("");
    if (raw.unsent.size() < before) unmoved = 0;
    EXPECT_EQ(*CallAndWait(*other, {"s", "Echo", ""}), "s:") << "others are served";
  }
  EXPECT_GT(raw.unsent.size(), requests.size() / 2) << "it is not read from while it does not read";
  Until([&] { return raw.Receive() && raw.frames.size() == kCalls; });
}

// Responses to requests that were read before the pause cannot be held back.
TEST_F(ServerTest, EndsAConnectionThatLeavesTooMuchUnread) {
  Raw raw(path_);
  for (uint32_t i = 0; i < 10; ++i) raw.Send(RequestFrame(2 * i + 1, "Keep"));
  Until([&] { return kept_.size() == 10; });
  for (const Respond& respond : kept_) respond(std::string(kMaxData - 100, 'x'));
  Until([&] { return server_->connections() == 0; });
}

TEST_F(ServerTest, RefusesACallBeyondFourThousandAtOnce) {
  Raw raw(path_);
  constexpr uint32_t kCalls = 4096;
  for (uint32_t i = 0; i <= kCalls; ++i) raw.Send(RequestFrame(2 * i + 1, "Keep"));
  Until([&] { return raw.Receive() && !raw.frames.empty(); });
  EXPECT_EQ(raw.frames[0].stream, 2 * kCalls + 1);
  EXPECT_EQ(raw.ResponseAt(0).status.code, static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(kept_.size(), kCalls);
}

TEST_F(ServerTest, RefusesAClientBeyondFiveHundred) {
  constexpr size_t kClients = 512;
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit enough{.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4 * kClients), .rlim_max = limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &enough), 0);
  std::vector<std::unique_ptr<Raw>> clients;
  for (size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<Raw>(path_));
    if (i % 32 == 31) Until([&] { return server_->connections() == i + 1; });  // the queue is short
  }
  Raw one_more(path_);
  Until([&] { return !one_more.Receive(); });
  EXPECT_EQ(server_->connections(), kClients);
  clients.pop_back();
  Until([&] { return server_->connections() == kClients - 1; });
  Raw another(path_);
  Until([&] { return server_->connections() == kClients; });
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

TEST_F(ServerTest, RefusesAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be another user";
  ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
  ASSERT_EQ(chmod(path_.c_str(), 0777), 0);
  const pid_t stranger = fork();
  if (stranger == 0) {
    if (setresuid(65534, 65534, 65534) != 0) _exit(2);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) _exit(3);
    char byte;
    _exit(read(socket, &byte, 1) == 0 ? 0 : 4);
  }
  int status = -1;
  bool gone = false;
  Until([&] { return gone = gone || waitpid(stranger, &status, WNOHANG) == stranger; });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(ServerTest, ACallHasATimeout) {
  auto client = Connect();
  EXPECT_EQ(CallAndWait(*client, {"s", "Keep", ""}, absl::Milliseconds(20)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  kept_[0]("too late");
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", "next"}), "s:next");
}

TEST_F(ServerTest, ACallEndsWithItsServer) {
  auto client = Connect();
  std::vector<absl::StatusCode> codes;
  for (int i = 0; i < 2; ++i)
    client->Send({"s", "Keep", ""}, absl::InfiniteDuration(),
                 [&](const auto& answer) { codes.push_back(answer.status().code()); });
  Until([&] { return kept_.size() == 2; });
  server_.reset();
  Until([&] { return codes.size() == 2; });
  EXPECT_EQ(codes, std::vector(2, absl::StatusCode::kUnavailable));
  EXPECT_FALSE(client->alive());
  EXPECT_EQ(CallAndWait(*client, {"s", "Echo", ""}).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(Client::Connect(*loop_, path_).ok());
}

TEST_F(ServerTest, MayStopListeningAndServeThoseThatAreThere) {
  auto client = Connect();
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", "before"}), "s:before");
  server_->StopListening();
  EXPECT_FALSE(Client::Connect(*loop_, path_).ok());
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", "after"}), "s:after");
}

// When all descriptors are in use, a new client is served as soon as one is free. The server tries
// once a second.
TEST_F(ServerTest, OutlivesALackOfDescriptors) {
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
  kernel::Fd late(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  auto clock = loop_->After(absl::Milliseconds(1), [] {});  // the Loop's timer is a descriptor, too
  Until([] { return true; });
  auto client = Connect();
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", ""}), "s:");
  testing::internal::CaptureStderr();
  const rlimit none{.rlim_cur = 3, .rlim_max = old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(connect(late.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  bool passed = false;
  clock = loop_->After(absl::Milliseconds(100), [&] { passed = true; });
  Until([&] { return passed; });
  EXPECT_EQ(*CallAndWait(*client, {"s", "Echo", "meanwhile"}), "s:meanwhile");
  EXPECT_EQ(server_->connections(), 1u);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_LT(std::ranges::count(testing::internal::GetCapturedStderr(), '\n'), 30);
  Until([&] { return server_->connections() == 2; });
}

TEST_F(ServerTest, AClientMayGoInItsOwnAnswer) {
  auto client = Connect();
  bool answered = false;
  for (int i = 0; i < 3; ++i)
    client->Send({"s", "Echo", ""}, absl::InfiniteDuration(), [&](const auto&) {
      answered = true;
      client.reset();
    });
  Until([&] { return answered && server_->connections() == 0; });
}

}  // namespace
}  // namespace tare::ttrpc
