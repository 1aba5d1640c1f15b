/// @file
/// Packing of bytes, for the tests of readers and their fuzz targets.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

using Bytes = std::vector<std::uint8_t>;

/// The bytes as one member of a gzip file. The window is small, which makes packing fast.
inline Bytes gzip(std::span<const std::uint8_t> content, int level = 9) {
  constexpr int window = 16 + 10, memory = 1;  // 16 asks for gzip, 10 for 1 KiB
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, window, memory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib does not start");
  Bytes packed(deflateBound(&stream, uLong(content.size())));
  stream.next_in = const_cast<std::uint8_t*>(content.data());
  stream.avail_in = uInt(content.size());
  stream.next_out = packed.data();
  stream.avail_out = uInt(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}
