#include "connect/peers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/functional/function_ref.h"
#include "base/log.h"
#include "connect/connect.h"
#include "connect/networks.h"
#include "container/store.h"
#include "kernel/file.h"
#include "kernel/file_lock.h"

namespace tare::connect {
namespace {

// A container may write to its own file. One that is larger is left alone.
constexpr size_t kMostOfHosts = 1 << 20;

using Change = absl::FunctionRef<std::string(const std::string& text)>;

// In place, because the file is mounted in the container.
Status ChangeFile(int file, const std::string& path, Change change) {
  TARE_ASSIGN_OR_RETURN(const std::string before, kernel::ReadAll(file, path, kMostOfHosts));
  const std::string after = change(before);
  if (after == before) return absl::OkStatus();
  if (lseek(file, 0, SEEK_SET) != 0 || ftruncate(file, 0) != 0)
    return ErrnoError(errno, absl::StrCat("truncate(", path, ")"));
  return kernel::WriteAll(file, after, path);
}

// A container without the file has mounted its own, has no networks, or has just been deleted. What is locked
// meanwhile is its directory: the file can be locked, or leased, by the container for as long as it likes.
void ChangeHosts(const std::string& root, const std::string& id, Change change) {
  const std::string directory = absl::StrCat(root, "/", id);
  const StatusOr<kernel::Fd> lock = kernel::Open(directory, O_RDONLY | O_DIRECTORY);
  if (!lock.ok() || !kernel::LockFile(lock->get(), directory).ok()) return;
  const std::string path = absl::StrCat(directory, "/", kHostsFile);
  const StatusOr<kernel::Fd> file = kernel::Open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  if (!file.ok()) return;
  if (Status changed = ChangeFile(file->get(), path, change); !changed.ok())
    log::Warning("container ", id, ": names of other containers: ", changed.message());
}

// Calls `act` for the record of each other container below `root` that is in one of the networks.
void ForEachPeer(const std::string& root, const container::Record& record,
                 absl::FunctionRef<void(const container::Record& peer)> act) {
  for (const std::string& id : container::ListIds(root).value_or(std::vector<std::string>())) {
    if (id == record.id) continue;
    const StatusOr<container::Directory> directory = container::Directory::Open(root, id);
    if (!directory.ok()) continue;
    const StatusOr<container::Record> peer = directory->Load();
    if (peer.ok() && !SharedAddresses(record, *peer).empty()) act(*peer);
  }
}

Names NamesOf(const container::Record& record, std::vector<std::string> addresses) {
  return {.id = record.id, .hostname = record.hostname, .addresses = std::move(addresses)};
}

}  // namespace

std::vector<std::string> WithoutPrefixes(const std::vector<std::string>& addresses) {
  std::vector<std::string> bare;
  for (const std::string& address : addresses) bare.push_back(address.substr(0, address.find('/')));
  return bare;
}

std::vector<std::string> SharedAddresses(const container::Record& one, const container::Record& other) {
  std::vector<std::string> shared;
  for (const container::Network& network : other.networks) {
    // Each container has one of its own, with the same address.
    if (IsUserMode(network.name)) continue;
    if (std::ranges::find(one.networks, network.name, &container::Network::name) == one.networks.end())
      continue;
    const std::vector<std::string> addresses = WithoutPrefixes(network.addresses);
    shared.insert(shared.end(), addresses.begin(), addresses.end());
  }
  return shared;
}

void ExchangeNames(const std::string& root, const container::Record& record) {
  ForEachPeer(root, record, [&](const container::Record& peer) {
    ChangeHosts(root, record.id, [&](const std::string& text) {
      return WithNames(text, NamesOf(peer, SharedAddresses(record, peer)));
    });
    ChangeHosts(root, peer.id, [&](const std::string& text) {
      return WithNames(text, NamesOf(record, SharedAddresses(peer, record)));
    });
  });
}

void RemoveFromPeers(const std::string& root, const container::Record& record) {
  ForEachPeer(root, record, [&](const container::Record& peer) {
    ChangeHosts(root, peer.id, [&](const std::string& text) { return WithoutNames(text, record.id); });
  });
}

}  // namespace tare::connect
