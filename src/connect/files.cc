#include "connect/files.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace tare::connect {
namespace {

constexpr absl::string_view kLocalhost =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n";

// The comment at the end of a line that was added for another container.
std::string MarkOf(absl::string_view id) {
  return absl::StrCat("\t# container ", id);
}

// The kernel takes any bytes as a host name. A line feed would begin a line of its own, also in the files of
// other containers, where it would stay.
bool FitsInLine(absl::string_view hostname) {
  return std::ranges::none_of(hostname, [](unsigned char c) { return c <= ' ' || c == '#' || c == 0x7f; });
}

std::string Words(const Names& names) {
  const bool has_other = !names.hostname.empty() && names.hostname != names.id && FitsInLine(names.hostname);
  return has_other ? absl::StrCat(names.hostname, " ", names.id) : names.id;
}

// 127.0.0.53, say, where systemd-resolved listens: in the container it is the container itself.
bool IsLoopback(absl::string_view server) {
  return absl::StartsWith(server, "127.") || server == "::1";
}

std::string ServerLines(const std::vector<std::string>& servers) {
  std::string text;
  for (const std::string& server : servers) absl::StrAppend(&text, "nameserver ", server, "\n");
  return text;
}

// The host's lines, without comments.
std::string HostLines(absl::string_view host, bool with_servers) {
  std::string text;
  for (absl::string_view line : absl::StrSplit(host, '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words.size() < 2 || words[0].front() == '#' || words[0].front() == ';') continue;
    if (words[0] == "nameserver" && (!with_servers || IsLoopback(words[1]))) continue;
    absl::StrAppend(&text, absl::StrJoin(words, " "), "\n");
  }
  return text;
}

// The servers and the other lines that the networks bring.
struct Brought {
  std::vector<std::string> servers;
  std::string lines;
};

Brought BroughtBy(const std::vector<cni::Joined>& joined) {
  Brought brought;
  std::vector<std::string> search;
  for (const cni::Joined& network : joined) {
    const cni::Dns& dns = network.dns;
    brought.servers.insert(brought.servers.end(), dns.nameservers.begin(), dns.nameservers.end());
    if (!dns.domain.empty()) absl::StrAppend(&brought.lines, "domain ", dns.domain, "\n");
    search.insert(search.end(), dns.search.begin(), dns.search.end());
    if (!dns.options.empty())
      absl::StrAppend(&brought.lines, "options ", absl::StrJoin(dns.options, " "), "\n");
  }
  if (!search.empty()) absl::StrAppend(&brought.lines, "search ", absl::StrJoin(search, " "), "\n");
  return brought;
}

}  // namespace

std::string HostsText(const Names& own, const std::vector<HostName>& more) {
  std::string text(kLocalhost);
  for (const std::string& address : own.addresses) absl::StrAppend(&text, address, "\t", Words(own), "\n");
  for (const HostName& host : more) absl::StrAppend(&text, host.address, "\t", host.name, "\n");
  return text;
}

std::string WithoutNames(absl::string_view hosts, absl::string_view id) {
  const std::string mark = MarkOf(id);
  std::string text;
  for (absl::string_view line : absl::StrSplit(absl::StripSuffix(hosts, "\n"), '\n')) {
    if (!absl::EndsWith(line, mark)) absl::StrAppend(&text, line, "\n");
  }
  return text;
}

std::string WithNames(absl::string_view hosts, const Names& other) {
  std::string text = WithoutNames(hosts, other.id);
  for (const std::string& address : other.addresses)
    absl::StrAppend(&text, address, "\t", Words(other), MarkOf(other.id), "\n");
  return text;
}

std::string ResolvConfText(const std::vector<std::string>& given, const std::vector<cni::Joined>& joined,
                           absl::string_view host) {
  const Brought brought = BroughtBy(joined);
  const std::vector<std::string>& servers = given.empty() ? brought.servers : given;
  if (servers.empty()) return absl::StrCat(HostLines(host, true), brought.lines);
  return absl::StrCat(ServerLines(servers), brought.lines.empty() ? HostLines(host, false) : brought.lines);
}

}  // namespace tare::connect
