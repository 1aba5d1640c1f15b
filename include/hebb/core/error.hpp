/// @file
/// Errors: one type for each kind that a caller may want to catch. Messages name the field and the
/// value.
#pragma once

#include <concepts>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include "hebb/core/language.hpp"

namespace hebb {

/// A parameter outside the range in which its equation means anything.
struct InvalidParameter : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// A call that needs the result of another call, which was not made or failed: a state without
/// `init`, a network without `infer`.
struct InvalidCall : std::logic_error {
  using std::logic_error::logic_error;
};

/// Matrices whose sizes do not fit each other.
struct ShapeError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// A NaN or an infinity in an input.
struct NonFinite : std::domain_error {
  using std::domain_error::domain_error;
};

/// A result that is infinite or NaN; names the layer and the step.
struct Divergence : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file whose content does not follow its format; names the file.
struct FormatError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A file that could not be opened, read or written; names the file and the system's reason.
struct IoError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Appends a part of a message.
inline void append(std::string& text, std::string_view part) { text += part; }
/// Appends a character.
inline void append(std::string& text, char part) { text += part; }
/// Appends a number as printf's %g writes it.
inline void append(std::string& text, std::floating_point auto part) {
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%g", double(part));
  text += digits;
}
/// Appends a whole number.
inline void append(std::string& text, std::integral auto part) { text += std::to_string(part); }

/// Appends the path of a file, in quotation marks.
template <typename Path>
  requires requires(const Path& path) { path.native(); }
void append(std::string& text, const Path& path) {
  text += '"' + path.string() + '"';
}

/// Joins the parts of a message.
template <typename... Parts>
std::string sentence(const Parts&... parts) {
  std::string text;
  (append(text, parts), ...);
  return text;
}

/// Throws Error with the joined parts unless the condition holds.
template <typename Error = InvalidParameter, typename... Parts>
void require(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]]
    throw Error(sentence(parts...));
}

}  // namespace hebb
