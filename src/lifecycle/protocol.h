// What the runtime (parent) and the process that becomes the container's (init, or one made by exec) say to
// each other over one SOCK_SEQPACKET pair. A packet is one message: a tag, a payload, descriptors.
//
// clang-format off
//      parent                        child
//        Mapped ──────────────────────▶        create: with a new user namespace only
//        ◀────────────────────── InitPid        only if a second clone was needed; payload: the pid
//        Adopted ─────────────────────▶        exec: the second process is the one meant from here on
//        Doors ───────────────────────▶        create: the cgroups stand; descriptors: cgroup::WalkIn
//        ◀────────────────── RootfsReady        create: rootfs built, cgroups entered; exec: namespaces joined
//        Go ──────────────────────────▶        limits set, hooks run; payload: the pid as the runtime sees it
//        ◀────────────────────── Console        descriptor: the terminal's master (exec: before RootfsReady)
//        ◀───────────────────── Listener        descriptor: seccomp's notifications
//        ◀──────────────────────── Ready        create: init goes to the gate and closes this channel
//        Start ───────────────────────▶        run: no gate is needed
//        ◀───────────────────── HooksRan        run: after the startContainer hooks, if there are any
//        ◀───── end of the channel (exec)        run, exec: the program runs
//   any  ◀─────────────────────── Failed        payload: SerializeStatus(why); the child leaves
// clang-format on
//
// An end of the channel before its time means that the other side died. Doors is what Adopted is for exec:
// until the parent has adopted an init that was cloned second, that init says nothing that is about itself.
#pragma once

namespace tare::lifecycle {

enum class Tag : char {
  kMapped = 'm',
  kDoors = 'd',
  kInitPid = 'i',
  kAdopted = 'a',
  kRootfsReady = 'r',
  kGo = 'g',
  kConsole = 'c',
  kListener = 'l',
  kReady = 'R',
  kStart = 's',
  kHooksRan = 'h',
  kFailed = 'f',
  kEnd = 0,  // never sent: the other side has closed
};

}  // namespace tare::lifecycle
