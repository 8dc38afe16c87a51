// Writes every member of every document in another case, and checks that it is read and that there
// is a warning.
#include <functional>

#include "absl/strings/ascii.h"
#include "spec/fixture.h"
#include "spec/parse.h"

namespace tare::spec {
namespace {

using Json = nlohmann::json;
using Pointer = Json::json_pointer;

// Objects whose keys are data and therefore must be exact.
bool HoldsData(const std::string& pointer) {
  for (absl::string_view map : {"/annotations", "/linux/timeOffsets", "/linux/netDevices", "/linux/sysctl",
                                "/linux/resources/rdma", "/linux/resources/unified", "/rdma", "/unified"}) {
    if (map == pointer) return true;
  }
  return false;
}

// Pointers to all members below `at` whose names are defined by the spec.
void CollectMembers(const Json& value, const Pointer& at, std::vector<Pointer>& members) {
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) CollectMembers(value[i], at / i, members);
  }
  if (!value.is_object()) return;
  for (const auto& [name, member] : value.items()) {
    if (!HoldsData(at.to_string())) members.push_back(at / name);
    CollectMembers(member, at / name, members);
  }
}

Json Renamed(Json document, const Pointer& member, const std::string& name) {
  Json& object = document[member.parent_pointer()];
  object[name] = object[member.back()];
  object.erase(member.back());
  return document;
}

std::string Said(const std::function<void()>& act) {
  testing::internal::CaptureStderr();
  act();
  return testing::internal::GetCapturedStderr();
}

// The warning with the quotes that the log adds.
std::string Taken(absl::string_view pointer, absl::string_view name) {
  return absl::StrCat("msg=\"x.json: ", pointer, ": read as \\\"", name, "\\\", the correct spelling\"");
}
std::string Ignored(absl::string_view pointer, absl::string_view name) {
  return absl::StrCat("msg=\"x.json: ", pointer, ": ignored: \\\"", name, "\\\" is given more than once\"");
}

int Count(absl::string_view text, absl::string_view part) {
  int count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

template <typename T>
void ExpectEveryMemberInAnyCase(const Json& document,
                                StatusOr<T> (*parse)(absl::string_view, absl::string_view)) {
  StatusOr<T> exact(T{});
  EXPECT_EQ(Said([&] { exact = parse(document.dump(), "x.json"); }), "");
  ASSERT_TRUE(exact.ok()) << exact.status();
  std::vector<Pointer> members;
  CollectMembers(document, Pointer(), members);
  ASSERT_GT(members.size(), 10u);
  for (const Pointer& member : members) {
    Json without = document;
    without[member.parent_pointer()].erase(member.back());
    const StatusOr<T> poorer = parse(without.dump(), "x.json");
    EXPECT_FALSE(poorer.ok() && *poorer == *exact) << member << " is not read";

    for (const std::string& name :
         {absl::AsciiStrToUpper(member.back()), absl::AsciiStrToLower(member.back())}) {
      if (name == member.back()) continue;
      StatusOr<T> renamed(T{});
      const std::string said =
          Said([&] { renamed = parse(Renamed(document, member, name).dump(), "x.json"); });
      ASSERT_TRUE(renamed.ok()) << name << ": " << renamed.status();
      EXPECT_TRUE(*renamed == *exact) << member << " as " << name;
      const std::string warning = Taken((member.parent_pointer() / name).to_string(), member.back());
      EXPECT_EQ(Count(said, "level=warning"), 1) << said;
      EXPECT_EQ(Count(said, warning), 1) << said << "lacks: " << warning;
    }
  }
}

TEST(Spelling, EveryMemberOfAConfigIsReadInAnyCase) {
  ExpectEveryMemberInAnyCase(Json::parse(TestData("everything.json")), ParseConfig);
}

TEST(Spelling, EveryMemberOfAProcessIsReadInAnyCase) {
  ExpectEveryMemberInAnyCase(Json::parse(TestData("everything.json"))["process"], ParseProcess);
}

TEST(Spelling, EveryMemberOfResourcesIsReadInAnyCase) {
  ExpectEveryMemberInAnyCase(Json::parse(TestData("everything.json"))["linux"]["resources"], ParseResources);
}

struct Spellings {
  const char* json;
  const char* cpus;  // the value that is read
  std::vector<std::string> said;
};

TEST(Spelling, TheRightOneComesFirst) {
  const Spellings rows[] = {
      {R"({"cpu": {"cpus": "1"}})", "1", {}},
      {R"({"CPU": {"Cpus": "1"}})", "1", {Taken("/CPU", "cpu"), Taken("/CPU/Cpus", "cpus")}},
      {R"({"cpu": {"cpus": "1", "Cpus": "2"}})", "1", {Ignored("/cpu/Cpus", "cpus")}},
      {R"({"cpu": {"Cpus": "2", "cpus": "1"}})", "1", {Ignored("/cpu/Cpus", "cpus")}},
      {R"({"cpu": {"Cpus": "1", "CPUS": "2"}})",
       "2",
       {Ignored("/cpu/Cpus", "cpus"), Taken("/cpu/CPUS", "cpus")}},
      {R"({"cpu": {"cpus": "1", "cpus": "2"}})", "2", {Ignored("/cpu/cpus", "cpus")}},
      // Null means absent.
      {R"({"cpu": {"cpus": null, "Cpus": "1"}})", "1", {Taken("/cpu/Cpus", "cpus")}},
      {R"({"cpu": {"cpus": "1", "Cpus": null}})", "1", {}},
      {R"({"cpu": {"Cpus": "1", "CPUS": null}})", "1", {Taken("/cpu/Cpus", "cpus")}},
      {R"({"cpu": {"cpus": "1", "cpus": null}})", "", {Ignored("/cpu/cpus", "cpus")}},
      // Another name, and a letter outside ASCII, whose case is not ignored.
      {R"({"cpu": {"cpus": "1", "cpux": "2"}})", "1", {}},
      {R"({"cpu": {"cpu\u017f": "2"}})", "", {}},
  };
  for (const Spellings& row : rows) {
    StatusOr<Resources> resources(Resources{});
    const std::string said = Said([&] { resources = ParseResources(row.json, "x.json"); });
    ASSERT_TRUE(resources.ok()) << row.json << resources.status();
    EXPECT_EQ(resources->cpu.cpus.value_or(""), row.cpus) << row.json;
    EXPECT_EQ(Count(said, "level=warning"), static_cast<int>(row.said.size())) << said;
    for (const std::string& warning : row.said) EXPECT_EQ(Count(said, warning), 1) << row.json << said;
  }
}

TEST(Spelling, NamesThatAreDataAreExact) {
  const StatusOr<Resources> resources =
      ParseResources(R"({"Unified": {"A": "1", "a": "2"}, "rdma": {"MLX": {"HCAHANDLES": 3}}})", "x.json");
  ASSERT_TRUE(resources.ok()) << resources.status();
  EXPECT_EQ(resources->unified, (std::map<std::string, std::string>{{"A", "1"}, {"a", "2"}}));
  EXPECT_EQ(resources->rdma.at("MLX").hca_handles, 3u);
}

TEST(Spelling, AFaultNamesThePlaceAsItIsWritten) {
  const StatusOr<Resources> resources = ParseResources(R"({"CPU": {"Cpus": 1}})", "x.json");
  EXPECT_EQ(resources.status().message(), "x.json: /CPU/Cpus: must be a string, not 1");
}

TEST(Spelling, WhatIsReadAgainIsNotWarnedOfAgain) {
  const std::string json = SmallConfigWith(R"({"Hostname": "x"})");
  EXPECT_EQ(Said([&] { EXPECT_EQ(ParseConfigAgain(json, "x.json")->hostname, "x"); }), "");
}

}  // namespace
}  // namespace tare::spec
