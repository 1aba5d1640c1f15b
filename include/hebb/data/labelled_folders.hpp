/// @file
/// A folder of pictures that are sorted by class into subfolders. Needs zlib and libpng.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "hebb/data/frames.hpp"

namespace hebb {

/// Pictures with their labels, and the names of the classes: label k is `names[k]`.
struct LabelledFolders {
  ImageSet images;                 ///< of all classes, with their labels
  std::vector<std::string> names;  ///< one per class: the names of the subfolders
};

/// The names of the subfolders of a folder, in natural order (class2 before class10).
/// Throws IoError where it cannot be listed.
inline std::vector<std::string> subfolders(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    if (entry->is_directory(error)) names.push_back(entry->path().filename().string());
  require<IoError>(!error, folder, " cannot be listed: ", error.message());
  std::sort(names.begin(), names.end(), detail::naturally_before);
  return names;
}

/// Reads the .png, .pgm, .ppm and .pnm pictures of every subfolder. The name of the subfolder is
/// the name of their class; the classes have the labels 0, 1, ... in natural order of their names
/// (class2 before class10). Files beside the subfolders, and other files inside them, are ignored.
/// All pictures must have the same size and number of channels.
///
/// Throws IoError or FormatError, naming the file. `limit` bounds the bytes of all pixels together.
inline LabelledFolders read_labelled_folders(const std::filesystem::path& path,
                                             std::uint64_t limit = default_file_limit) {
  LabelledFolders result{.images = {}, .names = subfolders(path)};
  require<FormatError>(!result.names.empty(), path,
                       " holds no subfolders; the pictures of each class belong into one");

  std::size_t pictures = 0;
  for (const std::string& name : result.names) pictures += image_files(path / name).size();
  ImageSet& all = result.images;
  all.classes = int(result.names.size());
  for (std::size_t label = 0; label < result.names.size(); ++label) {
    const std::filesystem::path folder = path / result.names[label];
    const ImageSet images = read_frames(folder, limit - all.pixels.size());
    if (label == 0) {
      all.channels = images.channels, all.width = images.width, all.height = images.height;
      const std::size_t size = std::size_t(all.rows());
      require<FormatError>(pictures <= limit / size, path, " holds more than the limit of ", limit,
                           " bytes: ", pictures, " pictures of ", size);
      all.pixels.reserve(pictures * size);  // once, so that memory stays within the limit
    }
    require<FormatError>(
        images.channels == all.channels && images.width == all.width && images.height == all.height,
        folder, " has pictures of ", images.channels, " x ", images.width, " x ", images.height,
        ", ", path / result.names[0], " of ", all.channels, " x ", all.width, " x ", all.height,
        " (channels x width x height)");
    all.pixels.insert(all.pixels.end(), images.pixels.begin(), images.pixels.end());
    all.labels.insert(all.labels.end(), std::size_t(images.size()), int(label));
  }
  return result;
}

}  // namespace hebb
