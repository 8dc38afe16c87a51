// Uses what the start of a program provides: exits with 0 if all of it works. For entry.cmake.
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

thread_local int per_thread = 7;
std::string constructed = "constructed";

bool Throws() {
  try {
    return constructed.at(100) == '\0';
  } catch (const std::out_of_range&) {
    return true;
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool threads = false;
  std::thread([&] { threads = per_thread == 7; }).join();
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%s %.1f", constructed.c_str(), 1.5);
  const bool started = argc == 1 && argv[0] != nullptr && std::getenv("PATH") != nullptr && threads &&
                       Throws() && std::string(text, static_cast<size_t>(length)) == "constructed 1.5";
  return started ? 0 : 1;
}
