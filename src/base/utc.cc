#include "base/utc.h"

#include <chrono>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tare {
namespace {

std::string ToTheSecond(std::time_t seconds) {
  using namespace std::chrono;
  const sys_seconds moment{std::chrono::seconds(seconds)};
  const sys_days day = floor<days>(moment);
  const year_month_day date(day);
  const hh_mm_ss time(moment - day);
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                         time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace

std::string UtcTime(std::time_t seconds) {
  return absl::StrCat(ToTheSecond(seconds), "Z");
}

std::string UtcTime(const timespec& moment) {
  return absl::StrFormat("%s.%09dZ", ToTheSecond(moment.tv_sec), moment.tv_nsec);
}

}  // namespace tare
