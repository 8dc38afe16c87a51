// Memory of a process that sleeps for weeks (madvise(2)), and of one that may not allocate more.
#pragma once

namespace tare::kernel {

// Returns freed heap to the kernel and unmaps the read-only pages of our own executable. They stay in the
// page cache and are mapped again, sixteen at a time, when they are needed, which costs about 50 us in all.
// An idle supervisor then has 0.2 MB resident instead of 3.
void GiveBackMemory();

// Makes room in the heap, and from then on returns no heap to the kernel. A process under a seccomp filter
// can then still report an error without brk(2) and mmap(2).
void ReserveHeap();

}  // namespace tare::kernel
