/// @file
/// Fuzz targets of NumPy's formats and of checkpoints. After a mutation the checksums of zip and
/// the hash are recomputed.
#pragma once

#include "hebb/io/checkpoint.hpp"
#include "hebb/io/npy_convert.hpp"
#include "hebb/spiking/spike_list.hpp"
#include "tests/fuzz/format.hpp"

namespace fuzz {

using hebb::Index;
using hebb::Matrix;
using hebb::Vector;

inline std::span<const std::byte> as_bytes(View input) { return std::as_bytes(input); }
inline Bytes to_bytes(std::span<const std::byte> content) {
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(content.data());
  return {begin, begin + content.size()};
}

/// Checks that the data of an array are exactly as long as its shape says.
inline void check_array(const hebb::NpyArray& array) {
  std::uint64_t size = array.type.size;
  for (const Index length : array.shape)
    must(!__builtin_mul_overflow(size, std::uint64_t(length), &size), "a size can be counted");
  must(array.data.size() == size, "an array is as long as its shape says");
}

namespace npy {

inline Bytes file(const std::string& header, std::size_t data, char version = 1) {
  Bytes made = bytes("\x93NUMPY");
  made += {std::uint8_t(version), 0, std::uint8_t(header.size()), std::uint8_t(header.size() >> 8)};
  if (version == 2) made += {0, 0};
  made += bytes(header);
  made += Bytes(data, 1);
  return made;
}

inline std::vector<Bytes> seeds() {
  return {to_bytes(hebb::format_npy(hebb::to_npy(Matrix<float>::Ones(2, 3).eval()))),
          to_bytes(hebb::format_npy(hebb::to_npy(Vector<double>::Ones(3).eval()))),
          to_bytes(hebb::format_npy(hebb::to_npy(std::int64_t(7)))),
          file("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }\n", 24),
          file("{'descr': '|S3', 'fortran_order': False, 'shape': ()}\n", 3),
          file("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 5, 2)}\n", 0, 2),
          file("{'descr': '<f2', 'fortran_order': True, 'shape': (2, 1, 3)}\n", 12),
          file("{'descr': '|b1', 'fortran_order': False, 'shape': (2, 2)}\n", 4)};
}

inline void read(View input) {
  const hebb::NpyArray array = hebb::parse_npy(as_bytes(input), "x.npy");
  check_array(array);
  const hebb::NpyArray again = hebb::parse_npy(hebb::format_npy(array), "again.npy");
  must(again.type == array.type && again.shape == array.shape && again.order == array.order &&
           again.data == array.data,
       "what is written is read again");
  if (array.type == hebb::NpyType{'f', 4} && array.shape.size() == 2) {
    const auto matrix = hebb::from_npy<Matrix<float>>(array, "x.npy");
    must(matrix.rows() == array.shape[0] && matrix.cols() == array.shape[1],
         "a matrix has the array's shape");
  }
  if (array.type.kind != 'S') {
    check_array(hebb::convert_npy<float>(array, "x.npy"));
    if (!array.shape.empty())
      must(hebb::columns_from_npy<double>(array, "x.npy").cols() == array.shape[0],
           "there are as many columns as samples");
  }
  if (array.type.kind == 'S' && array.shape.empty())
    must(hebb::from_npy<std::string>(array, "x.npy").size() == array.type.size,
         "a text has the array's size");
  if (array.type == hebb::NpyType{'f', 8} && array.shape.size() == 1)
    must(hebb::from_npy<Vector<double>>(array, "x.npy").size() == array.shape[0],
         "a vector has the array's size");
}

inline constexpr Format format{"npy", 512, seeds, read};

}  // namespace npy

namespace zip {

/// Recomputes the CRC of every stored member, in its own header and in the directory.
inline void update_checksums(Bytes& file) {
  constexpr std::string_view signature = "PK\1\2";
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  for (std::size_t place = 0; (place = text.find(signature, place)) != text.npos; ++place) {
    if (place + 46 > file.size()) break;
    const std::size_t size = number(file, place + 20, 4), local = number(file, place + 42, 4);
    if (number(file, place + 10, 2) != 0 || file.size() < 30 || local > file.size() - 30) continue;
    const std::size_t data = local + 30 + number(file, local + 26, 2) + number(file, local + 28, 2);
    if (data > file.size() || size > file.size() - data) continue;
    const auto check = std::uint32_t(crc32(0, file.data() + data, uInt(size)));
    put(file, place + 16, check);
    put(file, local + 14, check);
  }
}

inline hebb::NpzArrays arrays() {
  return {{"a", hebb::to_npy(Matrix<float>::Ones(2, 3).eval())}, {"b.c", hebb::to_npy(7.0)}};
}

inline std::vector<Bytes> seeds() {
  return {to_bytes(hebb::format_npz(arrays())),
          to_bytes(hebb::format_npz(arrays(), hebb::Compression::deflated))};
}

inline void read(View input) {
  const hebb::NpzArrays found = hebb::parse_npz(as_bytes(input), "x.npz", {.bytes = limit});
  for (const auto& [name, array] : found) check_array(array);
}

inline void mutate(Bytes& input) {
  mutate_bytes(input, 2048);
  update_checksums(input);
}

inline constexpr Format format{"npz", 2048, seeds, read, mutate};

}  // namespace zip

namespace checkpoint {

/// The state of a small rule: a label, a weight matrix, a memory that is empty in a fresh object,
/// and numbers.
struct State {
  Matrix<float> weights = Matrix<float>::Ones(2, 3), previous = Matrix<float>(0, 0);
  Vector<double> trace = Vector<double>::Ones(2);
  double rate = 0.5;
  std::int64_t step = 3;

  void each(auto&& visit) {
    visit("rule", hebb::label_of<"Fuzzed">);
    visit("weights", weights);
    visit("previous", previous);
    visit("trace", trace);
    visit("rate", rate);
    visit("step", step);
  }
};

/// Recomputes the hash at the end.
inline void update_hash(Bytes& input) {
  if (input.size() < 16) return;
  char hash[17];
  std::snprintf(hash, sizeof(hash), "%016llx",
                static_cast<unsigned long long>(hebb::fnv1a(input.data(), input.size() - 16)));
  std::copy_n(hash, 16, input.end() - 16);
}

inline void mutate(Bytes& input) {
  mutate_bytes(input, 4096);
  zip::update_checksums(input);
  update_hash(input);
}

/// Loads into a fresh object: all of it, or nothing. One input of 64 is read from a file,
/// not from memory.
template <typename Object>
void load_whole(View input, Object& object) {
  static ScratchFile scratch("run.npz");
  static const std::uint64_t fresh = hebb::digest(object);
  const auto promise = [&] {
    must(hebb::digest(object) == fresh, "a refused checkpoint changes nothing");
  };
  const OnRefusal refusal(promise);
  if (in_part(input, 1))
    hebb::load_checkpoint(scratch.fill(input), object);
  else
    hebb::parse_checkpoint(as_bytes(input), "x.npz", object);
}

inline std::vector<Bytes> seeds() {
  State fresh, lively;
  lively.previous = Matrix<float>::Ones(2, 2);
  return {to_bytes(hebb::format_checkpoint(fresh)), to_bytes(hebb::format_checkpoint(lively))};
}

inline void read(View input) {
  State state;
  load_whole(input, state);
  must(state.weights.rows() == 2 && state.weights.cols() == 3 && state.trace.size() == 2,
       "shapes are the object's");
}

inline constexpr Format format{"checkpoint", 4096, seeds, read, mutate};

inline std::vector<Bytes> spike_seeds() {
  hebb::SpikeList none, some;
  for (Index i = 0; i < 5; ++i) some.push({3 * i, i % 2});
  some.next = 2;
  return {to_bytes(hebb::format_checkpoint(none)), to_bytes(hebb::format_checkpoint(some))};
}

/// Checks and uses a loaded list as a network does.
inline void read_spikes(View input) {
  hebb::SpikeList list;
  load_whole(input, list);
  try {
    list.check(1000);
  } catch (const hebb::InvalidParameter& error) {
    throw hebb::FormatError(error.what());
  }
  must(0 <= list.next && list.next <= list.size(), "the reader's place is in the list");
  for (Index k = 1; k < list.size(); ++k)
    must(list[k - 1].step <= list[k].step, "steps never decrease");
  if (list.size() == 0) return;
  const hebb::Spike middle = list[list.size() / 2], last = list[list.size() - 1];
  must(list.find(middle.step) <= list.size() / 2, "a spike is found");
  list.push(last);
  list.drop_before(middle.step);
  must(list.size() > 0 && list[0].step == middle.step, "earlier spikes are dropped");
}

inline constexpr Format spikes{"spikes", 2048, spike_seeds, read_spikes, mutate};

}  // namespace checkpoint

}  // namespace fuzz
