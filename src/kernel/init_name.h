// A header of its own, because the stub (src/door) uses nothing else of this room.
#pragma once

namespace tare::kernel {

// The name (comm) of a process that is still the runtime's, though it has called execve(2) before: the stub
// gives it to itself, and the program's own name replaces it. See EndedBeforeExec().
inline constexpr char kInitName[] = "tare:[init]";

}  // namespace tare::kernel
