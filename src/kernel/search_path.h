// Programs of the machine, found by $PATH.
#pragma once

#include <string>

namespace tare::kernel {

// The path of the program `name` as execvp(3) finds it in $PATH: the first regular file that may be executed.
// An empty directory is the working directory, and without $PATH "/bin:/usr/bin" is searched. A name with a
// slash is a path itself. "" if there is none.
std::string FindProgram(const std::string& name);

}  // namespace tare::kernel
