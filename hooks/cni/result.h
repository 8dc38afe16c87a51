// What a plugin prints: the result of an ADD, or an error document. Makes no system calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cni {

struct Route {
  std::string destination;  // "0.0.0.0/0"
  std::string gateway;      // "": that of the addresses

  bool operator==(const Route&) const = default;
};

struct Dns {
  std::vector<std::string> nameservers;
  std::string domain;
  std::vector<std::string> search;
  std::vector<std::string> options;

  bool operator==(const Dns&) const = default;
};

// A container in one network: the final result of the list, for the container's interface.
struct Joined {
  std::string network;
  std::string interface;
  std::string mac;                     // "" if no plugin has reported it
  std::vector<std::string> addresses;  // "10.1.2.3/24"
  std::vector<std::string> gateways;   // of the addresses, those that have one
  std::vector<Route> routes;
  Dns dns;

  bool operator==(const Joined&) const = default;
};

// Parses a result of CNI 0.3.0 or later. Members that are missing are empty; addresses that are not valid are
// an error. Addresses of other interfaces in the container are left out.
StatusOr<Joined> ParseResult(absl::string_view json, const std::string& network,
                             const std::string& interface);

// The error that a plugin has printed: "MSG; DETAILS (code 7)", and what CNI's specification says about the
// code. Nothing if the text is not an error document, an object with a "code" other than 0.
std::optional<std::string> ErrorOf(absl::string_view json);

}  // namespace tare::cni
