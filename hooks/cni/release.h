// Releases what is recorded of a container, and what its plugins are called with.
#pragma once

#include <string>

#include "base/status.h"
#include "hooks/cni/call.h"
#include "hooks/cni/record.h"
#include "hooks/cni/record_directory.h"

namespace tare::cni {

// DEL of every plugin whose ADD was begun, the last one first. Then removes the directory. After an error the
// networks that could not be released stay in the record.
Status Release(const Caller& caller, const RecordDirectory& directory, Record& record);

// What ADD, CHECK and DEL of a plugin have on stdin: its configuration, with the last result so far.
StatusOr<std::string> InputFor(const PluginConfig& plugin, const AttachmentRecord& attachment);

Subject SubjectOf(const Record& record, const AttachmentRecord& attachment, const std::string& netns);

}  // namespace tare::cni
