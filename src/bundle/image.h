// An image is unpacked by umoci, a program of its own.
#pragma once

#include <string>

#include "base/status.h"
#include "bundle/bundle.h"

namespace tare::bundle {

// `umoci unpack` of the image into the empty directory `bundle`. While it runs, a signal that would end this
// process ends umoci instead, and is an error, so that the caller can remove what is there.
Status Unpack(const ImageSource& image, const std::string& bundle, Privileges privileges);

}  // namespace tare::bundle
