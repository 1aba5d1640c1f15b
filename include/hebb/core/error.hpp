/// @file
/// Errors: one type for each kind that a caller may want to catch. Messages name the field and the
/// value.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

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

/// Joins the parts of a message.
template <typename... Parts>
std::string sentence(const Parts&... parts) {
  std::ostringstream text;
  text.exceptions(std::ios::badbit);  // else a stream out of memory goes on with half the text
  (text << ... << parts);
  return text.str();
}

/// Throws Error with the joined parts unless the condition holds.
template <typename Error = InvalidParameter, typename... Parts>
void require(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]]
    throw Error(sentence(parts...));
}

}  // namespace hebb
