// The writer of a log and its reader, on real files.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "kernel/file.h"
#include "supervise/log_reader.h"
#include "supervise/log_writer.h"

namespace tare::supervise {
namespace {

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-log.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    place_ = {.path = folder_ + "/log", .max_size = 1000, .max_files = 3};
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  LogWriter Writer() {
    StatusOr<LogWriter> writer = LogWriter::Open(place_);
    EXPECT_TRUE(writer.ok()) << writer.status();
    return *std::move(writer);
  }
  LogReader Reader() {
    StatusOr<LogReader> reader = LogReader::Open(place_.path, place_.max_files);
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }
  // What is new, a stream's letter and an ending's before each text.
  static std::string Read(LogReader& reader) {
    std::string text;
    Status status = reader.Read([&](const Record& record) {
      absl::StrAppend(&text, record.stream == Stream::kStdout ? "o" : "e",
                      record.ending == Ending::kNewline ? "F" : "P", record.text, ";");
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return text;
  }
  bool Exists(int age) { return std::filesystem::exists(LogFile(place_.path, age)); }

  std::string folder_;
  LogPlace place_;
};

TEST_F(LogTest, RotationMovesTheOldestFirst) {
  const std::vector<Rename> plan = RotationPlan({.path = "/l", .max_files = 3});
  ASSERT_EQ(plan.size(), 2u);
  EXPECT_EQ(plan[0].from + plan[0].to, "/l.1/l.2");
  EXPECT_EQ(plan[1].from + plan[1].to, "/l/l.1");
  EXPECT_TRUE(RotationPlan({.path = "/l", .max_files = 1}).empty());
}

TEST_F(LogTest, WhatIsWrittenIsRead) {
  LogWriter writer = Writer();
  LogReader reader = Reader();
  writer.Add(Stream::kStdout, "one\ntw");
  writer.Add(Stream::kStderr, "error\n");
  EXPECT_EQ(Read(reader), "oFone;eFerror;");
  writer.Add(Stream::kStdout, "o\nthree");
  EXPECT_EQ(Read(reader), "oFtwo;");
  writer.End();
  EXPECT_EQ(Read(reader), "oPthree;");
  EXPECT_EQ(Read(reader), "");
}

TEST_F(LogTest, AnotherWriterGoesOn) {
  Writer().Add(Stream::kStdout, "one\n");
  Writer().Add(Stream::kStdout, "two\n");
  LogReader reader = Reader();
  EXPECT_EQ(Read(reader), "oFone;oFtwo;");
}

TEST_F(LogTest, FilesAreLimitedInSizeAndNumber) {
  LogWriter writer = Writer();
  for (int i = 0; i < 200; ++i) writer.Add(Stream::kStdout, absl::StrCat("line ", i, "\n"));
  for (int age = 0; age < 3; ++age) EXPECT_LE(std::filesystem::file_size(LogFile(place_.path, age)), 1000u);
  EXPECT_FALSE(Exists(3));
  LogReader reader = Reader();
  const std::string text = Read(reader);
  EXPECT_NE(text.find("oFline 199;"), std::string::npos);
  EXPECT_EQ(text.find("oFline 1;"), std::string::npos);
}

TEST_F(LogTest, OneFileAloneIsReplaced) {
  place_.max_files = 1;
  LogWriter writer = Writer();
  for (int i = 0; i < 100; ++i) writer.Add(Stream::kStdout, "line\n");
  EXPECT_TRUE(Exists(0));
  EXPECT_FALSE(Exists(1));
}

TEST_F(LogTest, AReaderFollowsOverRotations) {
  LogWriter writer = Writer();
  LogReader reader = Reader();
  std::string expected;
  std::string text;
  for (int i = 0; i < 300; ++i) {
    writer.Add(Stream::kStdout, absl::StrCat("line ", i, "\n"));
    absl::StrAppend(&expected, "oFline ", i, ";");
    if (i % 17 == 0) text += Read(reader);
  }
  EXPECT_EQ(text + Read(reader), expected);
}

TEST_F(LogTest, AReaderThatIsTooLateGoesOnWithTheOldest) {
  LogWriter writer = Writer();
  LogReader reader = Reader();
  for (int i = 0; i < 500; ++i) writer.Add(Stream::kStdout, absl::StrCat("line ", i, "\n"));
  const std::string text = Read(reader);
  EXPECT_TRUE(text.ends_with("oFline 499;"));
  EXPECT_EQ(Read(reader), "");
}

TEST_F(LogTest, WhatIsNoRecordIsPassedOver) {
  LogWriter writer = Writer();
  writer.Add(Stream::kStdout, "one\n");
  {
    kernel::Fd file = kernel::Open(place_.path, O_WRONLY | O_APPEND).value();
    ASSERT_TRUE(kernel::WriteOnce(file.get(), "not ours\n\n" + std::string(100000, 'x') + "\n", "log").ok());
  }
  writer.Add(Stream::kStdout, "two\n");
  LogReader reader = Reader();
  EXPECT_EQ(Read(reader), "oFone;oFtwo;");
}

// A file-size limit stands in for a full disk: the write is short, or fails.
TEST_F(LogTest, WhatFindsNoRoomIsCountedAndSaidOnceThereIsRoom) {
  place_.max_size = 1 << 20;
  LogWriter writer = Writer();
  writer.Add(Stream::kStdout, "kept\n");
  const auto size = std::filesystem::file_size(place_.path);
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit tight{.rlim_cur = size + 20, .rlim_max = old.rlim_max};
  signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  writer.Add(Stream::kStdout, "lost\n");
  writer.Add(Stream::kStderr, "too\n");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
  EXPECT_EQ(writer.lost_bytes(), 9u);
  EXPECT_EQ(std::filesystem::file_size(place_.path), size);
  writer.Add(Stream::kStdout, "room\n");
  EXPECT_EQ(writer.lost_bytes(), 0u);
  LogReader reader = Reader();
  EXPECT_EQ(Read(reader), "oFkept;eFtare: 9 bytes of output are not in this log: file too large;oFroom;");
}

TEST_F(LogTest, WhatIsNoFileIsRefused) {
  place_.path = "/dev/full";
  EXPECT_FALSE(LogWriter::Open(place_).ok());
  place_.path = folder_;
  EXPECT_FALSE(LogWriter::Open(place_).ok());
  EXPECT_TRUE(absl::IsNotFound(LogReader::Open(folder_ + "/none", 3).status()));
}

}  // namespace
}  // namespace tare::supervise
