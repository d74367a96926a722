// SPDX-License-Identifier: Apache-2.0
// How every room reports bad input, bad peers and bad disks: a value or an Error, never an exception across rooms.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "base/check.hpp"

namespace mc {

/// What kind of thing went wrong. The set is closed: callers may switch over it.
enum class Code {
  kInvalidArgument,  // the caller's value cannot be meant
  kParse,            // text or bytes do not follow their grammar
  kNotFound,         // a named thing does not exist
  kConflict,         // it exists already, or differently
  kRefused,          // understood, and a rule forbids it
  kLimit,            // a named limit would be exceeded
  kCorrupt,          // stored or received bytes fail their check
  kUnavailable,      // a peer or process does not answer
  kIo,               // the operating system said no
  kUnsupported,      // a meaningful wish that is not offered
};

/// The code's word in JSON and on the wire, e.g. "invalid_argument".
std::string_view code_name(Code code);

/// Inverse of code_name; kInvalidArgument's name is not a default: an unknown word gives kCorrupt.
Code code_from_name(std::string_view name);

/// One clear sentence for a person, naming the thing and the place; never a secret or a record's value.
struct Error {
  Code code = Code::kInvalidArgument;
  std::string message;

  /// The same error with "context: " in front of its sentence.
  [[nodiscard]] Error within(std::string_view context) const;
};

/// A value or an Error.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;

  /// The value, or a stop: for tests and for places where an error is our own bug. By value: what it is taken from is
  /// usually a temporary.
  T value_or_stop() && {
    MC_CHECK(this->has_value());
    if constexpr (!std::is_void_v<T>) return std::move(**this);
  }
};

using Status = Result<void>;

/// Makes the error side of a Result.
inline tl::unexpected<Error> fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace mc

#define MC_CONCAT_INNER(a, b) a##b
#define MC_CONCAT(a, b) MC_CONCAT_INNER(a, b)

/// MC_TRY(auto x, expression): binds the value, or returns the error to the caller.
#define MC_TRY(declaration, ...) MC_TRY_NAMED(MC_CONCAT(mc_try_, __COUNTER__), declaration, __VA_ARGS__)
#define MC_TRY_NAMED(name, declaration, ...)             \
  auto name = (__VA_ARGS__);                             \
  if (!name) return ::mc::fail(std::move(name).error()); \
  declaration = std::move(*name)

/// MC_TRY_STATUS(expression): returns the error to the caller if there is one.
#define MC_TRY_STATUS(...)                                           \
  do {                                                               \
    auto mc_status = (__VA_ARGS__);                                  \
    if (!mc_status) return ::mc::fail(std::move(mc_status).error()); \
  } while (false)
