// Times as text, in UTC, by arithmetic: gmtime_r(3) reads /etc/localtime before it computes anything.
#pragma once

#include <ctime>
#include <string>

namespace tare {

std::string UtcTime(std::time_t seconds);     // 2024-02-29T23:59:59Z
std::string UtcTime(const timespec& moment);  // 2024-02-29T23:59:59.000000001Z

}  // namespace tare
