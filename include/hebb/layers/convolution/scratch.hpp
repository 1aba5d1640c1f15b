/// @file
/// Scratch space for one kernel at a time. Layers that run one after the other can share it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>

#include "hebb/layers/images.hpp"

namespace hebb::convolution {

/// Scratch space that grows and never shrinks.
class Scratch {
 public:
  /// Divides the memory into arrays of the given lengths, starting at its beginning. The memory
  /// keeps its contents between calls. A kernel may reuse the contents of its first array if no
  /// other kernel has used the memory since; `ticket` tells.
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

  /// The number of calls of `cut`. It is unchanged if the memory was not used in between.
  std::uint64_t ticket() const { return ticket_; }

 private:
  Buffer<std::byte> memory_;
  std::uint64_t ticket_ = 0;
};

/// A handle to a Scratch. A copied handle has a new Scratch, because a copied layer may run at the
/// same time as the original.
class SharedScratch {
 public:
  SharedScratch() : scratch_(std::make_shared<Scratch>()) {}
  SharedScratch(const SharedScratch&) : SharedScratch() {}  ///< a new Scratch
  SharedScratch(SharedScratch&&) = default;                 ///< takes the Scratch over
  /// A new Scratch.
  SharedScratch& operator=(const SharedScratch& other) { return *this = SharedScratch(other); }
  SharedScratch& operator=(SharedScratch&&) = default;  ///< takes the Scratch over

  /// Uses the Scratch of the other handle.
  void share(const SharedScratch& other) { scratch_ = other.scratch_; }

  Scratch& operator*() const { return *scratch_; }  ///< the shared scratch space

 private:
  std::shared_ptr<Scratch> scratch_;
};

}  // namespace hebb::convolution
