/// @file
/// A hash of everything that a state saves. Equal states have equal digests. For comparisons within
/// one run.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "hebb/core/types.hpp"

namespace hebb {

/// The FNV-1a hash of some bytes, continued from another hash. Two inputs that differ in one byte
/// never have the same hash.
inline std::uint64_t fnv1a(const void* data, std::size_t size,
                           std::uint64_t hash = 14695981039346656037u) {
  const auto* p = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ p[i]) * 1099511628211u;
  return hash;
}

/// The hash of the names, sizes and bytes that `each` visits.
template <typename State>
std::uint64_t digest(State& state) {
  std::uint64_t hash = fnv1a(nullptr, 0);
  const auto bytes = [&](const void* data, std::size_t size) { hash = fnv1a(data, size, hash); };
  state.each([&](std::string_view name, auto& value) {
    bytes(name.data(), name.size());
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) {
      bytes(&value, sizeof(value));
    } else {
      const Index sizes[] = {value.rows(), value.cols()};
      bytes(sizes, sizeof(sizes));
      bytes(value.data(), std::size_t(value.size()) * sizeof(*value.data()));
    }
  });
  return hash;
}

}  // namespace hebb
