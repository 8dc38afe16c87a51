// The last act of a container's process: what it does between the moment when everything around it is ready
// and the moment when its program runs. An act is data: one block of bytes without pointers, made by
// setup::MakeAct() and carried out by perform.h.
//
// It can be carried out by the runtime's own code, or by an executable of a few kilobytes that knows nothing
// else (executable.h). Then no process that a container can see, or can make execute "/proc/self/exe", has
// the runtime's file or its memory (CVE-2019-5736).
#pragma once

#include <linux/filter.h>

#include <cstdint>

namespace tare::door {

// The first bytes of the messages of setup/protocol.h and container/gate.h that an act receives and sends.
inline constexpr char kSecondClone = 'i';
inline constexpr char kAdopted = 'a';
inline constexpr char kContained = 'r';
inline constexpr char kContinue = 'g';  // over the channel: Go; at the gate: Go
inline constexpr char kReady = 'R';
inline constexpr char kStart = 's';
inline constexpr char kFailed = 'f';
// After kFailed: a Report follows, and not a serialized Status.
inline constexpr char kReport = '\1';

// Below the root of procfs (proc(5), "/proc/pid/attr").
inline constexpr char kApparmorAttribute[] = "thread-self/attr/apparmor/exec";
inline constexpr char kSelinuxAttribute[] = "thread-self/attr/exec";

enum class Step : uint32_t {
  kPidNamespace,
  kClone,
  kSend,
  kReceive,
  kRuntimeExited,
  kSession,
  kTerminal,
  kApparmor,
  kSelinux,
  kNoNewPrivileges,
  kBoundingSet,  // detail: the capability
  kKeepCapabilities,
  kGroup,  // detail: the group ID
  kUser,   // detail: the user ID
  kCapabilities,
  kAmbientSet,  // detail: the capability
  kDumpable,
  kFilter,
  kFinalCapabilities,
  kExecute,
};

// The step that failed, with its errno; error 0: none did.
struct Failure {
  Step step{};
  int32_t error = 0;
  uint32_t detail = 0;

  explicit operator bool() const { return error != 0; }
};

// How a failure is sent. The text of the act follows (Act::text).
struct Report {
  char tag = kFailed;
  char kind = kReport;
  Failure failure;
};

struct CapabilitySets {
  uint64_t effective = 0;
  uint64_t permitted = 0;
  uint64_t inheritable = 0;
};

// A part of the block: from its first byte, counted in bytes. Empty: size 0.
struct Part {
  uint32_t offset = 0;
  uint32_t size = 0;
};

// Descriptors are -1 if there is none. The parts follow the structure in the same block.
struct Act {
  int32_t channel = -1;  // to the runtime

  // Of a process that exec adds.
  int32_t init = -1;  // the pidfd of the container's init: its pid namespace is joined by cloning again
  bool sends_contained = false;  // and waits for Go
  bool new_session = false;
  bool takes_terminal = false;  // standard input becomes the controlling terminal

  // Of init.
  bool sends_ready = false;  // and waits to be started
  int32_t go = -1;           // the gate, where it waits if there is one
  int32_t answers = -1;
  bool lets_starter_finish = false;  // waits until `start` has removed the gate

  // Labels for the program; written below `procfs`. Each part is a string with its final NUL.
  int32_t procfs = -1;
  Part apparmor;                // "exec PROFILE"
  bool needs_apparmor = false;  // it is an error if the kernel does not run AppArmor
  Part selinux;

  bool no_new_privileges = false;
  uint32_t user = 0;
  uint32_t group = 0;
  uint64_t bounding = 0;
  CapabilitySets capabilities;
  uint64_t ambient = 0;

  Part filter;  // sock_filter; its size is a multiple of theirs
  uint32_t filter_flags = 0;
  bool sets_final_capabilities = false;  // after the filter, which needed more
  CapabilitySets final_capabilities;

  int32_t first_closed = 3;  // from this descriptor on, none reaches the program
  Part path;                 // of the program, with its final NUL
  // What the runtime needs to explain a failure, see setup::StatusOf().
  Part text;

  const char* at(Part part) const { return reinterpret_cast<const char*>(this) + part.offset; }
};

}  // namespace tare::door
