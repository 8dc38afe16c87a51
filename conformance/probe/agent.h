// The seccomp agent that the probe can be.
#pragma once

// Takes COUNT connections on a socket at PATH, one after the other. The exit code.
int agent(const char* path, int count);
