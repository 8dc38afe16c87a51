// What a fuzzer's property that does not hold ends in.
#pragma once

#include <cstdlib>

inline void Require(bool condition) {
  if (!condition) abort();
}
