/// @file
/// The arrays of an object whose type is not known, by name.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "hebb/core/label.hpp"

namespace hebb {

/// A pointer to one of the types that `each` of a state may name.
using AnyArray =
    std::variant<const Label*, float*, double*, Index*, std::uint64_t*, Vector<float>*,
                 Vector<double>*, Vector<Index>*, Matrix<float>*, Matrix<double>*, Matrix<Index>*>;

/// An array of the saved state, with its name.
struct NamedArray {
  std::string name;  ///< unique in the object
  AnyArray array;    ///< refers to the object
};

/// Lists what an object's `each` names.
std::vector<NamedArray> arrays_of(auto& object) {
  std::vector<NamedArray> result;
  object.each([&](std::string_view name, auto& value) {
    using Value = std::remove_reference_t<decltype(value)>;
    using Pointer =
        std::conditional_t<std::is_same_v<std::remove_cv_t<Value>, Label>, const Label*, Value*>;
    static_assert(std::is_constructible_v<AnyArray, std::in_place_type_t<Pointer>, Pointer>,
                  "a state's arrays are numbers, and Vector or Matrix of numbers");
    result.push_back({std::string(name), AnyArray(std::in_place_type<Pointer>, &value)});
  });
  return result;
}

/// Calls visit(prefix + name, value) for all.
void visit_arrays(const std::vector<NamedArray>& arrays, const std::string& prefix, auto& visit) {
  for (const NamedArray& named : arrays)
    std::visit([&](auto* value) { visit(std::string_view(prefix + named.name), *value); },
               named.array);
}

}  // namespace hebb
