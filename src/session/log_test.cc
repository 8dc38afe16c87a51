// The writer of a log and its reader, on real files.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "kernel/file.h"
#include "session/log_reader.h"
#include "session/log_writer.h"

namespace tare::session {
namespace {

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-log.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    place_ = {
        .path = directory_ + "/log", .max_size = 1000, .max_files = 3, .starts = directory_ + "/starts"};
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  LogWriter Writer() {
    StatusOr<LogWriter> writer = LogWriter::Open(place_);
    EXPECT_TRUE(writer.ok()) << writer.status();
    return *std::move(writer);
  }
  LogReader Reader() {
    StatusOr<LogReader> reader = LogReader::Open(place_.path, place_.max_files, place_.starts);
    EXPECT_TRUE(reader.ok()) << reader.status();
    return *std::move(reader);
  }
  // What is new, a stream's letter and an ending's before each text; and what was missed.
  static std::string Read(LogReader& reader) {
    std::string text;
    Status status = reader.Read(
        [&](const Record& record) {
          absl::StrAppend(&text, record.stream == Stream::kStdout ? "o" : "e",
                          record.ending == Ending::kNewline ? "F" : "P", record.text, ";");
          return absl::OkStatus();
        },
        [&](const Gap& gap) {
          absl::StrAppend(&text, "missed ", gap.bytes ? absl::StrCat(*gap.bytes) : "?", ";");
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
    return text;
  }
  bool Exists(int age) { return std::filesystem::exists(LogFile(place_.path, age)); }

  std::string directory_;
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

// Each record has 46 bytes: a time, a stream, an ending, "line 100" and a newline.
TEST_F(LogTest, AReaderThatIsTooLateGoesOnWithTheOldestAndTellsHowMuchIsGone) {
  LogWriter writer = Writer();
  writer.Add(Stream::kStdout, "line 100\n");
  LogReader reader = Reader();
  const auto record = std::filesystem::file_size(place_.path);
  for (int i = 101; i < 600; ++i) writer.Add(Stream::kStdout, absl::StrCat("line ", i, "\n"));
  uintmax_t kept = 0;
  for (int age = 0; age < 3; ++age) kept += std::filesystem::file_size(LogFile(place_.path, age)) / record;
  const auto in_first = 1000 / record;
  std::string expected;
  for (uintmax_t i = 100; i < 100 + in_first; ++i) absl::StrAppend(&expected, "oFline ", i, ";");
  absl::StrAppend(&expected, "missed ", (500 - in_first - kept) * record, ";");
  for (uintmax_t i = 600 - kept; i < 600; ++i) absl::StrAppend(&expected, "oFline ", i, ";");
  EXPECT_EQ(Read(reader), expected);
  EXPECT_EQ(Read(reader), "");
}

TEST_F(LogTest, WhatIsNotKnownToBeThereIsToldToo) {
  place_.starts = "";
  LogWriter writer = Writer();
  LogReader reader = Reader();
  for (int i = 0; i < 30; ++i) writer.Add(Stream::kStdout, "line\n");
  EXPECT_EQ(Read(reader).find("missed"), std::string::npos);
  for (int i = 0; i < 500; ++i) writer.Add(Stream::kStdout, "line\n");
  EXPECT_NE(Read(reader).find("missed ?;"), std::string::npos);
}

// The writer is seen in the middle of a rotation: names are free for a moment.
TEST_F(LogTest, NothingIsMissedWhileFilesMove) {
  LogWriter writer = Writer();
  LogReader reader = Reader();
  while (!Exists(1)) writer.Add(Stream::kStdout, "one\n");
  const auto move = [&](int from, int to) {
    std::filesystem::rename(LogFile(place_.path, from), LogFile(place_.path, to));
  };
  move(1, 2);
  EXPECT_TRUE(Read(reader).ends_with("oFone;"));
  move(0, 1);
  EXPECT_EQ(Read(reader), "");
  move(1, 0);
  move(2, 1);
  writer.Add(Stream::kStdout, "two\n");
  EXPECT_EQ(Read(reader), "oFtwo;");
}

TEST_F(LogTest, ADirectoryThatIsReplacedIsFollowed) {
  place_ = {
      .path = directory_ + "/logs/log", .max_size = 1000, .max_files = 3, .starts = directory_ + "/starts"};
  std::filesystem::create_directory(directory_ + "/logs");
  LogWriter writer = Writer();
  LogReader reader = Reader();
  writer.Add(Stream::kStdout, "one\n");
  std::filesystem::rename(directory_ + "/logs", directory_ + "/old");
  writer.Add(Stream::kStdout, "two\n");
  EXPECT_EQ(Read(reader), "oFone;oFtwo;");
  std::filesystem::create_directory(directory_ + "/logs");
  writer.Add(Stream::kStdout, "three\n");
  while (!Exists(0)) writer.Add(Stream::kStdout, "more\n");
  const std::string text = Read(reader);
  EXPECT_TRUE(text.starts_with("oFthree;oFmore;")) << text;
  EXPECT_EQ(text.find("missed"), std::string::npos) << text;
}

TEST_F(LogTest, WhatIsGoneWithTheLogIsTold) {
  LogWriter writer = Writer();
  LogReader reader = Reader();
  writer.Add(Stream::kStdout, "one\n");
  std::filesystem::remove(place_.starts);
  std::filesystem::remove(place_.path);
  EXPECT_EQ(Read(reader), "oFone;");
  EXPECT_FALSE(reader.GoneWithLog().has_value());
  for (int i = 0; i < 30; ++i) writer.Add(Stream::kStdout, "line\n");
  std::filesystem::remove(place_.path);
  std::filesystem::remove(LogFile(place_.path, 1));
  Read(reader);
  ASSERT_TRUE(reader.GoneWithLog().has_value());
  EXPECT_TRUE(reader.GoneWithLog()->at_least);
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
  place_.path = directory_;
  EXPECT_FALSE(LogWriter::Open(place_).ok());
  place_.path = directory_ + "/link";
  std::filesystem::create_symlink(directory_ + "/elsewhere", place_.path);
  EXPECT_FALSE(LogWriter::Open(place_).ok());
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/elsewhere"));
  EXPECT_TRUE(absl::IsNotFound(LogReader::Open(directory_ + "/none", 3, "").status()));
}

}  // namespace
}  // namespace tare::session
