/// @file
/// A .npz file that grows while a simulation runs.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "hebb/io/npz.hpp"

namespace hebb {

/// Writes arrays piece by piece: piece n of array `spikes` is the member `spikes.000000n.npy`.
/// Nothing is kept in memory but the names.
///
/// The file appears under its name when `close` is called; without it nothing is left. Throws
/// IoError, and InvalidCall for a call after `close`, or after a piece that was not written whole:
/// the file then never appears, and an old one stays.
class NpzStream {
 public:
  /// Opens a temporary file beside the path.
  explicit NpzStream(const std::filesystem::path& path)
      : file_(path), zip_([this](ZipWriter::Bytes part) { file_.write(part); }) {}

  /// Writes the next piece of an array.
  template <typename Scalar>
  void add(const std::string& array, const Matrix<Scalar>& piece) {
    require_open();
    const std::string number = std::to_string(pieces_[array]++);
    const std::string padding(7 - std::min<std::size_t>(7, number.size()), '0');
    open_ = false;
    zip_.add(sentence(array, ".", padding, number, ".npy"),
             text_bytes(npy_head(describe_npy(piece))), memory_of(piece));
    open_ = true;
  }

  /// A function that adds pieces to an array, as recordings take it. The stream must outlive it.
  std::function<void(const Matrix<double>&)> sink(std::string array) {
    return [this, array](const Matrix<double>& piece) { add(array, piece); };
  }

  /// Writes the directory, and gives the file its name.
  void close() {
    require_open();
    open_ = false;
    zip_.finish();
    file_.commit();
  }

 private:
  void require_open() const {
    require<InvalidCall>(open_, "NpzStream: it is closed, or a piece was not written whole");
  }

  FileReplacement file_;
  ZipWriter zip_;
  std::map<std::string, int> pieces_;
  bool open_ = true;  // false also while a piece is written
};

}  // namespace hebb
