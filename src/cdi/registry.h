// The devices of a machine: all CDI specifications in the directories for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "cdi/names.h"
#include "cdi/spec.h"

namespace tare::cdi {

// Where specifications are looked for. The last directory has the highest priority: /etc is for those that
// administrators write, /run for those that programs generate.
std::vector<std::string> DefaultDirectories();

// A file with a specification.
struct File {
  std::string path;
  size_t priority = 0;  // the index of its directory
  Spec spec;
};

// One device of one file.
struct Entry {
  const File* file = nullptr;
  const Device* device = nullptr;
};

class Registry {
 public:
  // Reads the files of the directories whose names end in .json or .yaml; of their subdirectories, none. A
  // file that cannot be read or is wrong does not stop others from being used: see faults(). A directory that
  // does not exist has no files.
  static Registry Load(const std::vector<std::string>& directories);

  Registry(Registry&&) = default;
  Registry& operator=(Registry&&) = default;

  // The device with this name in the directory of the highest priority. An error says what there is instead,
  // or which files of that directory disagree, or which files could not be read.
  StatusOr<Entry> Find(const QualifiedName& name) const;

  // By qualified name, in alphabetical order. All files that have the device, in the order of Load(): the
  // last one counts.
  const std::map<std::string, std::vector<Entry>>& devices() const { return devices_; }

  // What is wrong with files and directories, one error for each.
  const std::vector<Status>& faults() const { return faults_; }

 private:
  explicit Registry(std::vector<std::string> directories) : directories_(std::move(directories)) {}

  void LoadDirectory(const std::string& directory, size_t priority);
  Status NotFound(const QualifiedName& name) const;

  std::vector<std::string> directories_;
  std::vector<std::unique_ptr<File>> files_;
  std::map<std::string, std::vector<Entry>> devices_;
  std::vector<Status> faults_;
};

// Whether another file of the same priority as `entries`' last one has the device, too: then it cannot be
// used.
bool InConflict(const std::vector<Entry>& entries);

}  // namespace tare::cdi
