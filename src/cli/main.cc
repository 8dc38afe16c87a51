#include <string>
#include <vector>

#include "cli/dispatch.h"

int main(int argc, char** argv) {
  // argc may be 0 (execve(2) before Linux 5.18).
  std::vector<std::string> line(argv + (argc > 0 ? 1 : 0), argv + argc);
  return tare::cli::Dispatch(line);
}
