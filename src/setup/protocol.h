// What the runtime (the parent) and the process that it has cloned into a container (the child: init, or
// one that exec adds) send each other over one SOCK_SEQPACKET pair. A packet is one message: a tag, a
// payload and descriptors.
//
// clang-format off
//      parent                        child
//        Mapped ──────────────────────▶        create: the id maps of a new user namespace are written
//        ◀────────────────── SecondClone        the child cloned another process, which takes its place; payload: its pid
//        Adopted ─────────────────────▶        exec: the parent knows that process; it may go on
//        Cgroups ─────────────────────▶        create: the cgroups exist; descriptors for cgroup::EnterThrough
//        ◀──────────────────── Contained        create: cgroups entered, rootfs built; exec: namespaces joined
//        Go ──────────────────────────▶        limits are set, hooks have run
//        ◀────────────────────── Console        descriptor: the terminal's master (exec: before Contained)
//        ◀───────────────────── Listener        descriptors: seccomp's notifications, the sender's pidfd
//        Go ──────────────────────────▶        the listener is passed on, its sender has ended
//        ◀──────────────────────── Ready        create: init goes to the gate and closes this channel
//        Start ───────────────────────▶        run: no gate is needed
//        ◀───────────────────── HooksRan        run: after the startContainer hooks, if there are any
//        ◀───── end of the channel (exec)        run, exec: the program runs
//   any  ◀─────────────────────── Failed        payload: SerializeStatus(why), or a report (door/act.h); the child exits
// clang-format on
//
// If the channel ends earlier, the other side has died. Cgroups does for create what Adopted does for exec:
// an init that was cloned second sends nothing about itself before the parent has adopted it.
//
// Over a pair of its own, with the runtime's helper (create/helper.h), while the rootfs is built:
//   Source ▶ payload: the position of a bind mount in the plan; descriptor: init's mount namespace
//   Node   ▶ payload: the position of a device in the plan
//   ◀ the same tag, with the detached mount; or Failed, after which the conversation goes on
#pragma once

#include "door/act.h"

namespace tare::setup {

enum class Tag : char {
  kMapped = 'm',
  kCgroups = 'd',
  kSecondClone = door::kSecondClone,
  kAdopted = door::kAdopted,
  kContained = door::kContained,
  kGo = door::kContinue,
  kSource = 'b',
  kNode = 'n',
  kConsole = 'c',
  kListener = 'l',
  kReady = door::kReady,
  kStart = door::kStart,
  kHooksRan = 'h',
  kFailed = door::kFailed,
  kEnd = 0,  // never sent: the other side has closed
};

}  // namespace tare::setup
