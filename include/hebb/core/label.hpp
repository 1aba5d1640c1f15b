/// @file
/// Labels: constant texts that `each` visits beside the arrays, so that a checkpoint says which
/// rule or layer its arrays belong to.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "hebb/core/types.hpp"

namespace hebb {

/// A constant text. It has the interface of a constant vector of characters, so that visitors of
/// arrays accept it.
struct Label {
  std::string_view text;  ///< a literal: borrowed

  Index rows() const { return Index(text.size()); }  ///< number of characters
  Index cols() const { return 1; }                   ///< a label is one column
  Index size() const { return rows(); }              ///< number of characters
  const char* data() const { return text.data(); }   ///< the characters, without a zero at the end
};

namespace detail {

/// The name of a type as the compiler prints it.
template <typename T>
consteval std::string_view compilers_name() {
  const std::string_view text =
      __PRETTY_FUNCTION__;  // ends with [T = name], or [with T = name; ...]
  const std::size_t begin = text.find("T = ") + 4;
  return text.substr(begin, std::min(text.find(';', begin), text.size() - 1) - begin);
}

/// The name of a type as the compiler prints it, without namespaces.
template <typename T>
constexpr auto short_name = [] {
  constexpr std::string_view full = compilers_name<T>();
  std::pair<std::array<char, full.size()>, std::size_t> result{};
  auto& [text, end] = result;
  for (std::size_t i = 0; i < full.size(); ++i) {
    if (!full.substr(i).starts_with("::")) {
      text[end++] = full[i];
      continue;
    }
    while (end > 0 && text[end - 1] != '<' && !(end > 1 && text[end - 2] == ',')) --end;
    ++i;
  }
  return result;
}();

}  // namespace detail

/// The name of a policy in a label: its `name`, or else the name of its type. Compilers differ in
/// whether they print default template arguments, so a template that has them has a `name`.
template <typename Policy>
constexpr std::string_view name_of = [] {
  if constexpr (requires { std::string_view(Policy::name); })
    return std::string_view(Policy::name);
  else
    return std::string_view(detail::short_name<Policy>.first.data(),
                            detail::short_name<Policy>.second);
}();

namespace detail {

/// A string as a template argument.
template <std::size_t size>
struct Literal {
  char characters[size]{};

  consteval Literal(const char (&text)[size]) {
    for (std::size_t i = 0; i < size; ++i) characters[i] = text[i];
  }
  constexpr std::string_view text() const { return {characters, size - 1}; }
};

/// The characters of label_of.
template <Literal name, typename... Policies>
constexpr auto label_text = [] {
  std::array<char, (name.text().size() + ... + (2 + name_of<Policies>.size()))> text{};
  std::size_t end = 0;
  const auto append = [&](std::string_view part) {
    for (const char c : part) text[end++] = c;
  };
  const std::string_view parts[] = {name.text(), name_of<Policies>...};
  for (const std::string_view& part : parts) {
    if (&part != parts) append(&part == parts + 1 ? "<" : ", ");
    append(part);
  }
  if (end < text.size()) append(">");
  return text;
}();

}  // namespace detail

/// The name of a class and of the policies that change the meaning of its arrays: label_of<"Lpl",
/// Causal, BatchStatistics> is "Lpl<Causal, BatchStatistics>".
template <detail::Literal name, typename... Policies>
constexpr Label label_of{
    {detail::label_text<name, Policies...>.data(), detail::label_text<name, Policies...>.size()}};

}  // namespace hebb
