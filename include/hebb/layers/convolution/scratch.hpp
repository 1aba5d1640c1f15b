/// @file
/// Room for one kernel at a time, shared by all layers of a network that run one after the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>

#include "hebb/layers/images.hpp"

namespace hebb::convolution {

/// Memory that only grows.
class Scratch {
 public:
  /// Cuts the memory, from its beginning, into arrays of the given lengths. What was there stays
  /// there, so that a kernel may find what it left in its first array as long as the ticket is its
  /// own.
  template <typename... T>
  std::tuple<T*...> cut(std::array<Index, sizeof...(T)> counts) {
    ++ticket_;
    constexpr std::size_t line = 64;
    std::array<std::size_t, sizeof...(T)> begin{};
    std::size_t end = 0, k = 0;
    ((begin[k] = end, end += (std::size_t(counts[k]) * sizeof(T) + line - 1) / line * line, ++k),
     ...);
    if (memory_.size() < end) memory_.resize(end);
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
      return std::tuple<T*...>(reinterpret_cast<T*>(memory_.data() + begin[i])...);
    }
    (std::index_sequence_for<T...>{});
  }

  std::uint64_t ticket() const { return ticket_; }

 private:
  Buffer<std::byte> memory_;
  std::uint64_t ticket_ = 0;
};

/// A handle to a Scratch. A copied handle gets a Scratch of its own, because a copied layer may run
/// beside the first.
class SharedScratch {
 public:
  SharedScratch() : scratch_(std::make_shared<Scratch>()) {}
  SharedScratch(const SharedScratch&) : SharedScratch() {}
  SharedScratch(SharedScratch&&) = default;
  SharedScratch& operator=(const SharedScratch& other) { return *this = SharedScratch(other); }
  SharedScratch& operator=(SharedScratch&&) = default;

  void share(const SharedScratch& other) { scratch_ = other.scratch_; }

  Scratch& operator*() const { return *scratch_; }

 private:
  std::shared_ptr<Scratch> scratch_;
};

}  // namespace hebb::convolution
