// What the runtime (parent) and the process that becomes the container's (init, or one made by exec) say to
// each other over one SOCK_SEQPACKET pair. A packet is one message: a tag, a payload, descriptors.
//
// clang-format off
//      parent                        child
//        Mapped ──────────────────────▶        create: with a new user namespace only
//        ◀────────────────────── InitPid        only if a second clone was needed; payload: the pid
//        Adopted ─────────────────────▶        exec: the second process is the one meant from here on
//        Cgroups ─────────────────────▶        create: the cgroups exist; descriptors: cgroup::EnterThrough
//        ◀────────────────── RootfsReady        create: rootfs built, cgroups entered; exec: namespaces joined
//        Go ──────────────────────────▶        limits set, hooks run; payload: the pid as the runtime sees it
//        ◀────────────────────── Console        descriptor: the terminal's master (exec: before RootfsReady)
//        ◀───────────────────── Listener        descriptors: seccomp's notifications, the sender's pidfd
//        Go ──────────────────────────▶        the listener is passed on, its sender has ended
//        ◀──────────────────────── Ready        create: init goes to the gate and closes this channel
//        Start ───────────────────────▶        run: no gate is needed
//        ◀───────────────────── HooksRan        run: after the startContainer hooks, if there are any
//        ◀───── end of the channel (exec)        run, exec: the program runs
//   any  ◀─────────────────────── Failed        payload: SerializeStatus(why); the child exits
// clang-format on
//
// An end of the channel before its time means that the other side died. Cgroups is what Adopted is for exec:
// until the parent has adopted an init that was cloned second, that init says nothing that is about itself.
//
// On a pair of its own, with the runtime's helper (helper.h), while the rootfs is built:
//   Source ▶ payload: the position of a bind mount in the plan; descriptor: init's mount namespace
//   Node   ▶ payload: the position of a device in the plan
//   ◀ the same tag, with the detached mount; or Failed, after which the conversation goes on
#pragma once

namespace tare::lifecycle {

enum class Tag : char {
  kMapped = 'm',
  kCgroups = 'd',
  kInitPid = 'i',
  kAdopted = 'a',
  kRootfsReady = 'r',
  kGo = 'g',
  kSource = 'b',
  kNode = 'n',
  kConsole = 'c',
  kListener = 'l',
  kReady = 'R',
  kStart = 's',
  kHooksRan = 'h',
  kFailed = 'f',
  kEnd = 0,  // never sent: the other side has closed
};

}  // namespace tare::lifecycle
