// Replaces the constructor of the standard streams in libstdc++.a. Abseil's files that include <iostream>
// call it before main; cmake/headers/iostream keeps our own files from it. It makes eight streams and a
// locale with all its facets, none of which tare uses. A string stream makes its locale when it needs one.
#include <ios>

namespace std {

ios_base::Init::Init() = default;
ios_base::Init::~Init() = default;

}  // namespace std
