// What the runtime (parent) and the process that becomes the container's (init, or one made by exec) say to
// each other over one SOCK_SEQPACKET pair. A packet is one message: a tag, a payload, descriptors.
//
//      parent                                  child
//        Mapped ─────────────────────────────▶            only with a new user namespace
//        Doors ──────────────────────────────▶            create: the cgroups stand; descriptors:
//        cgroup::WalkIn ◀──────────────────────────── InitPid            only if a second clone was needed;
//        payload: init's pid ◀──────────────────────── RootfsReady            rootfs built, cgroups entered
//        (exec: namespaces joined) Go ─────────────────────────────────▶            limits set, hooks run;
//        payload: the pid as the runtime sees it ◀──────────────────────────── Console            descriptor:
//        the terminal's master ◀─────────────────────────── Listener            descriptor: seccomp's
//        notifications ◀────────────────────────────── Ready            create: init goes to the gate and
//        closes this channel Start ──────────────────────────────▶            run: no gate is needed
//        ◀───────── end of the channel (exec)             run, exec: the program runs
//   any  ◀───────────────────────────── Failed            payload: SerializeStatus(why); the child leaves
//
// An end of the channel before its time means that the other side died.
#pragma once

namespace tare::lifecycle {

enum class Tag : char {
  kMapped = 'm',
  kDoors = 'd',
  kInitPid = 'i',
  kRootfsReady = 'r',
  kGo = 'g',
  kConsole = 'c',
  kListener = 'l',
  kReady = 'R',
  kStart = 's',
  kFailed = 'f',
  kEnd = 0,  // never sent: the other side has closed
};

}  // namespace tare::lifecycle
