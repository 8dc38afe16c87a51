// Signal dispositions and masks of the runtime and of what it starts.
#pragma once

namespace tare::lifecycle {

// Child: every signal is unblocked and does what it does by default, as a program expects to find it.
void ResetSignals();

// Parent, before a foreground container is made: all signals wait for the loop that forwards them
// (foreground.h).
void BlockSignals();

}  // namespace tare::lifecycle
