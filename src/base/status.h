// Errors: one type (absl::Status), made where a call fails, given context on its way up, reported by main.
//
// A finished error reads like a path from the user's request to the kernel's answer:
//   cannot create "web": mounting /data (mounts[7]): open_tree(/srv/data): no such file or directory
#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace tare {

using absl::Status;
using absl::StatusOr;

// The kernel's words for `error` as Go prints them ("no such file or directory"): engines match these
// lower-case texts to choose exit codes 126 and 127.
std::string ErrnoText(int error);

// The error of a failed system call: "CALL: TEXT". `call` names the call and its object, "open(/etc/passwd)".
// ErrnoOf() gives the number back, also after Annotate().
Status ErrnoError(int error, absl::string_view call);

// The errno that ErrnoError() was made from, or 0.
int ErrnoOf(const Status& status);

// An error in the input or in the request, with no system call behind it.
template <typename... Parts>
Status InvalidError(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// The same code and errno with "CONTEXT: " before the message. Prefer Annotate().
Status WithContext(const Status& status, absl::string_view context);

// `status` if it is ok; else its message preceded by the parts and ": ". The parts are joined
// only on failure.
template <typename... Parts>
Status Annotate(Status status, const Parts&... parts) {
  if (status.ok() || sizeof...(parts) == 0) return status;
  return WithContext(status, absl::StrCat(parts...));
}

// A status as bytes and back: how an error crosses fork (see setup/protocol.h).
std::string SerializeStatus(const Status& status);
Status ParseStatus(absl::string_view bytes);

}  // namespace tare

#define TARE_CONCAT_INNER(a, b) a##b
#define TARE_CONCAT(a, b) TARE_CONCAT_INNER(a, b)

// Return the error of `expr`; extra arguments are context for it.
#define TARE_RETURN_IF_ERROR(expr, ...)                                                           \
  do {                                                                                            \
    if (auto tare_status = (expr); !tare_status.ok())                                             \
      return ::tare::Annotate(::tare::Status(std::move(tare_status)) __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)

// `lhs = value of expr`, or return its error; extra arguments are context for it.
#define TARE_ASSIGN_OR_RETURN(lhs, expr, ...) \
  TARE_ASSIGN_OR_RETURN_INNER(TARE_CONCAT(tare_or_, __LINE__), lhs, expr __VA_OPT__(, ) __VA_ARGS__)
#define TARE_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr, ...)                           \
  auto tmp = (expr);                                                               \
  if (!tmp.ok()) return ::tare::Annotate(tmp.status() __VA_OPT__(, ) __VA_ARGS__); \
  lhs = *std::move(tmp)
