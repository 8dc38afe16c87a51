#include "commands/unit.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace tare::commands {
namespace {

TEST(EscapedWord, AsSystemdReadsIt) {
  struct Escape {
    const char* word;
    const char* text;
  };
  const Escape cases[] = {
      {"--env=A=1", "--env=A=1"},
      {"", "\"\""},
      {"two words", "\"two words\""},
      {"100%", "\"100%%\""},
      {"$HOME", "\"$$HOME\""},
      {"say \"hi\"", R"("say \"hi\"")"},
      {R"(back\slash)", R"("back\\slash")"},
      {";", "\";\""},
      {"it's", "\"it's\""},
      {"{}", "\"{}\""},
      {"one\n\ttwo\x1b\x7f", R"("one\n\ttwo\x1b\x7f")"},
      {"größer", "\"größer\""},
  };
  for (const auto& [word, text] : cases) EXPECT_EQ(EscapedWord(word), text);
}

UnitOptions Web() {
  return {.id = "web", .tare = {"/usr/bin/tare"}, .bundle = "/srv/web"};
}

std::string TextOf(const UnitOptions& options) {
  const StatusOr<std::string> text = UnitText(options);
  return text.ok() ? *text : std::string(text.status().message());
}

TEST(UnitText, OfASystemService) {
  UnitOptions options = Web();
  options.tare.emplace_back("--root=/var/lib/tare");
  options.flags = {"--env=A=1 2", "--memory=64m"};
  options.program = {"sh", "-c", "echo $A"};
  options.directory = "/home/100%";
  options.restart = "on-failure";
  options.stop_signal = 2;
  EXPECT_EQ(
      TextOf(options),
      "# /etc/systemd/system/web.service, written by tare unit\n"
      "[Unit]\n"
      "Description=Container web\n"
      "Documentation=man:tare-unit(8)\n"
      "Wants=network-online.target\n"
      "After=network-online.target\n"
      "StartLimitIntervalSec=0\n"
      "\n"
      "[Service]\n"
      "Type=notify\n"
      "WorkingDirectory=/home/100%%\n"
      "ExecStartPre=-/usr/bin/tare --root=/var/lib/tare delete --regex \"^web$$\"\n"
      "ExecStart=/usr/bin/tare --root=/var/lib/tare run --cgroups=split --sdnotify=conmon --bundle=/srv/web "
      "\"--env=A=1 2\" --memory=64m web -- sh -c \"echo $$A\"\n"
      "ExecStopPost=-/usr/bin/tare --root=/var/lib/tare delete --regex \"^web$$\"\n"
      "Delegate=yes\n"
      "KillMode=mixed\n"
      "KillSignal=SIGINT\n"
      "TimeoutStopSec=10\n"
      "SuccessExitStatus=130\n"
      "Restart=on-failure\n"
      "\n"
      "[Install]\n"
      "WantedBy=multi-user.target\n");
}

struct Expected {
  UnitOptions options;
  const char* lines;
};

TEST(UnitText, Variants) {
  UnitOptions user = Web();
  user.manager = Manager::kUser;
  UnitOptions container = Web();
  container.notifier = Notifier::kContainer;
  UnitOptions terminal = Web();
  terminal.has_terminal = true;
  UnitOptions limited = Web();
  limited.restart = "on-failure:3";
  UnitOptions always = Web();
  always.restart = "always";
  UnitOptions realtime = Web();
  realtime.stop_signal = 37;
  UnitOptions dotted = Web();
  dotted.id = "a.b+c";
  const Expected cases[] = {
      {user, "[Install]\nWantedBy=default.target\n"},
      {container, " run --cgroups=split --sdnotify=container --bundle="},
      {terminal, "--bundle=/srv/web --tty=false web\n"},
      {limited, "StartLimitIntervalSec=infinity\nStartLimitBurst=4\n"},
      {always, "StartLimitIntervalSec=0\n"},
      {realtime, "KillSignal=37\n"},
      {dotted, "delete --regex \"^a[.]b[+]c$$\"\n"},
  };
  for (const auto& [options, lines] : cases)
    EXPECT_TRUE(absl::StrContains(TextOf(options), lines)) << lines << TextOf(options);
  EXPECT_FALSE(absl::StrContains(TextOf(user), "network-online"));
  EXPECT_FALSE(absl::StrContains(TextOf(Web()), "StartLimit"));
}

TEST(UnitText, ALineFeedAddsNoLine) {
  UnitOptions options = Web();
  options.flags = {"--env=A=1\nExecStart=/bin/sh"};
  EXPECT_TRUE(absl::StrContains(TextOf(options), R"( "--env=A=1\nExecStart=/bin/sh" web)"));
  for (const char* directory : {"/a\nUser=root", "/a\\", "/a "}) {
    options.directory = directory;
    EXPECT_TRUE(absl::StrContains(TextOf(options), "cannot be written in a systemd unit")) << directory;
  }
}

}  // namespace
}  // namespace tare::commands
