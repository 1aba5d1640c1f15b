/// @file
/// The binary version of CIFAR-10, plain or .gz.
#pragma once

#include "hebb/data/planes.hpp"

namespace hebb {

/// Records of 3073 bytes: the label, then planes of red, green and blue, x fastest.
inline constexpr PlaneFormat cifar10_format{.width = 32, .height = 32, .classes = 10};

/// Reads one or several batch files, in the order given, into one set of 32 x 32 colour images.
/// Throws what `read_planes` throws.
inline ImageSet read_cifar10(std::span<const std::filesystem::path> files,
                             std::uint64_t limit = default_file_limit) {
  require(!files.empty(), "read_cifar10: there is no file to read");
  return read_planes(files, cifar10_format, limit);
}

/// Reads one batch file.
inline ImageSet read_cifar10(const std::filesystem::path& file,
                             std::uint64_t limit = default_file_limit) {
  return read_cifar10(std::span(&file, 1), limit);
}

}  // namespace hebb
