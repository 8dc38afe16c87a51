#include "base/suggest.h"

#include <gtest/gtest.h>

namespace tare {
namespace {

TEST(Suggest, TheClosestCandidateThatIsCloseEnough) {
  const std::vector<absl::string_view> names = {"create", "delete", "list", "logs", "ps", "start", "state"};
  struct Case {
    const char* word;
    const char* closest;
  };
  const Case cases[] = {
      {"lst", "list"},       // a letter is missing
      {"liist", "list"},     // a letter too many
      {"lisr", "list"},      // a wrong letter
      {"lits", "list"},      // two letters swapped
      {"delet", "delete"},   //
      {"dleeet", "delete"},  // two changes in six letters
      {"stat", "start"},     // as close as "state", but listed before it
      {"statee", "state"},   //
      {"psx", "ps"},         //
      {"remove", ""},        // too far from all
      {"x", ""},             // its only letter would have to change, and one be added
      {"", ""},
      {"completely-other", ""},
  };
  for (const Case& one : cases) EXPECT_EQ(Closest(one.word, names), one.closest) << one.word;
}

}  // namespace
}  // namespace tare
