#include "sandbox/pause_executable.h"

asm(".pushsection .rodata\n"
    "tare_pause_begin:\n"
    ".incbin \"" TARE_PAUSE
    "\"\n"
    "tare_pause_end:\n"
    ".popsection\n");
extern "C" const char tare_pause_begin[], tare_pause_end[];

namespace tare::sandbox {

absl::string_view PauseExecutable() {
  return {tare_pause_begin, static_cast<size_t>(tare_pause_end - tare_pause_begin)};
}

}  // namespace tare::sandbox
