/// @file
/// Pictures of the user's own: a folder with one subfolder per class or object, or IDX files.
#pragma once

#include <filesystem>

#include "common/image_data.hpp"

namespace example {

/// What a subfolder holds.
enum class Subfolder {
  pictures,  ///< of one class, in no order
  views      ///< of one object, in the order of time
};

/// Reads pictures of any size and makes them squares of size x size (see fit). If some are in
/// colour, all are.
///
/// A folder has one subfolder of PNG, PGM or PPM files per class; or subfolders `train` and `test`
/// that have them; or the IDX files train-images-idx3-ubyte (idx4 for colour) and
/// train-labels-idx1-ubyte, and perhaps the two of t10k, plain or .gz. Where no pictures for the
/// test are given, a fifth of each class is kept for it. A tenth is kept for validation. Which ones
/// depends only on the number of pictures. Each part is in one random order.
///
/// Of ten views of an object, the 5th and the 10th are kept for the test and the 9th for
/// validation. `consecutive` is filled from the others.
///
/// Throws MissingData, IoError or FormatError, naming the folder or the file.
Images own_images(const std::filesystem::path& path, hebb::Index size,
                  Subfolder holds = Subfolder::pictures);

}  // namespace example
