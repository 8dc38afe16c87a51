// madvise(2): what a process that sleeps for weeks need not hold.
#pragma once

namespace tare::kernel {

// Returns freed heap, and unmaps the pages of our own executable that are only read: they stay in the page
// cache, and come back, sixteen at a time, when they are run again (some 50 us in all). An idle supervisor
// holds 0.2 MB after that instead of 3.
void GiveBackMemory();

}  // namespace tare::kernel
