#include "shim/publisher.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

#include "absl/time/clock.h"
#include "kernel/fd.h"
#include "messages/events.h"
#include "ttrpc/server.h"

namespace tare::shim {
namespace {

// containerd's events service, which can be away and responds as the test wants.
class PublisherTest : public testing::Test {
 protected:
  PublisherTest() {
    char name[] = "/tmp/publisher_test.XXXXXX";
    directory_ = mkdtemp(name);
    path_ = directory_ + "/socket";
    loop_ = *kernel::Loop::Make();
  }
  ~PublisherTest() override {
    server_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Start() {
    std::filesystem::remove(path_);
    kernel::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(socket.get(), 8), 0);
    server_ = *ttrpc::Server::Make(
        *loop_, std::move(socket),
        [this](const ttrpc::Call& call, const ttrpc::Respond& respond) { Take(call, respond); });
  }
  void Stop() { server_.reset(); }

  void Take(const ttrpc::Call& call, const ttrpc::Respond& respond) {
    EXPECT_EQ(call.service, "containerd.services.events.ttrpc.v1.Events");
    EXPECT_EQ(call.method, "Forward");
    ++tries_;
    if (!answer_.ok()) return respond(answer_);
    taken_.push_back(messages::Decode<messages::ForwardRequest>(call.payload)->envelope);
    respond("");
  }

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

  std::string directory_, path_;
  std::unique_ptr<kernel::Loop> loop_;
  std::unique_ptr<ttrpc::Server> server_;
  Status answer_;
  int tries_ = 0;
  std::vector<messages::Envelope> taken_;
};

std::string Topics(const std::vector<messages::Envelope>& envelopes) {
  std::string topics;
  for (const messages::Envelope& envelope : envelopes) topics += envelope.topic;
  return topics;
}

TEST_F(PublisherTest, SendsAnEventAsContainerdWantsIt) {
  Start();
  Publisher publisher(*loop_, "unix://" + path_, "k8s.io");
  EXPECT_TRUE(publisher.idle());
  publisher.Publish("/nonexistent", "/tasks/oom", "containerd.events.TaskOOM",
                    messages::Encode(messages::TaskOom{"web"}));
  EXPECT_FALSE(publisher.idle());
  Until([&] { return publisher.idle(); });
  ASSERT_EQ(taken_.size(), 1u);
  EXPECT_EQ(taken_[0].topic, "/tasks/oom");
  EXPECT_EQ(taken_[0].containerd_namespace, "k8s.io");
  EXPECT_EQ(messages::Unpack<messages::TaskOom>(taken_[0].event)->container_id, "web");
}

TEST_F(PublisherTest, KeepsTheOrder) {
  Start();
  Publisher publisher(*loop_, path_, "n");
  for (const char* topic : {"a", "b", "c", "d"}) publisher.Publish("/nonexistent", topic, "t", "");
  Until([&] { return publisher.idle(); });
  EXPECT_EQ(Topics(taken_), "abcd");
}

TEST_F(PublisherTest, WaitsUntilContainerdIsThere) {
  Publisher publisher(*loop_, path_, "n");
  const absl::Time happened = absl::Now();
  publisher.Publish("/nonexistent", "a", "t", "");
  publisher.Publish("/nonexistent", "b", "t", "");
  auto starting = loop_->After(absl::Milliseconds(200), [&] { Start(); });
  Until([&] { return publisher.idle(); });
  EXPECT_EQ(Topics(taken_), "ab");
  EXPECT_LT(messages::ToTime(taken_[0].timestamp) - happened, absl::Milliseconds(150))
      << "the time is that of the event, not of its arrival";
}

TEST_F(PublisherTest, OutlivesARestartOfContainerd) {
  Start();
  Publisher publisher(*loop_, path_, "n");
  publisher.Publish("/nonexistent", "a", "t", "");
  Until([&] { return publisher.idle(); });
  Stop();
  publisher.Publish("/nonexistent", "b", "t", "");
  publisher.Publish("/nonexistent", "c", "t", "");
  auto starting = loop_->After(absl::Milliseconds(50), [&] { Start(); });
  Until([&] { return publisher.idle(); });
  EXPECT_EQ(Topics(taken_), "abc");
}

TEST_F(PublisherTest, TriesAgainWhatContainerdCouldNotTake) {
  for (const Status& status : {absl::UnavailableError("starting"), absl::UnimplementedError("not yet"),
                               absl::InternalError("oops")}) {
    Start();
    answer_ = status;
    tries_ = 0;
    taken_.clear();
    Publisher publisher(*loop_, path_, "n");
    publisher.Publish("/nonexistent", "a", "t", "");
    publisher.Publish("/nonexistent", "b", "t", "");
    Until([&] { return tries_ == 3; });
    answer_ = absl::OkStatus();
    Until([&] { return publisher.idle(); });
    EXPECT_EQ(Topics(taken_), "ab") << status;
  }
}

TEST_F(PublisherTest, DropsAnEventThatContainerdFindsBad) {
  Start();
  answer_ = absl::InvalidArgumentError("envelope.topic: not a topic");
  Publisher publisher(*loop_, path_, "n");
  publisher.Publish("/nonexistent", "bad", "t", "");
  Until([&] { return publisher.idle(); });
  answer_ = absl::OkStatus();
  publisher.Publish("/nonexistent", "too large", "t", std::string(5 << 20, 'x'));
  publisher.Publish("/nonexistent", "good", "t", "");
  Until([&] { return publisher.idle(); });
  EXPECT_EQ(Topics(taken_), "good");
}

TEST_F(PublisherTest, SaysWhenItIsIdle) {
  Publisher publisher(*loop_, path_, "n");
  int told = 0;
  publisher.WhenIdle([&] { told += 1; });
  EXPECT_EQ(told, 0) << "not from within";
  Until([&] { return told == 1; });
  publisher.Publish("/nonexistent", "a", "t", "");
  publisher.Publish("/nonexistent", "b", "t", "");
  publisher.WhenIdle([&] { told += 10; });
  auto starting = loop_->After(absl::Milliseconds(100), [&] {
    EXPECT_EQ(told, 1) << "there are events left";
    Start();
  });
  Until([&] { return told == 11; });
  EXPECT_EQ(Topics(taken_), "ab");
}

TEST_F(PublisherTest, WithoutAnAddressNothingIsKept) {
  Publisher publisher(*loop_, "", "n");
  publisher.Publish("/nonexistent", "a", "t", "");
  EXPECT_TRUE(publisher.idle());
}

}  // namespace
}  // namespace tare::shim
