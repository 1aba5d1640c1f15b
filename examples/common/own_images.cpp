#include "common/own_images.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "common/fit.hpp"
#include "hebb/data/labelled_folders.hpp"

namespace example {

namespace {

using hebb::FormatError;
using hebb::ImageSet;
using hebb::Index;

/// Squares with their labels, and the names of the classes.
struct Collection {
  ImageSet images;
  std::vector<std::string> names;
};

/// Squares of one size that are added one by one.
class Squares {
 public:
  explicit Squares(Index size) : size_(size) {}

  /// Adds all pictures of a set that was read from a file.
  void add(const ImageSet& pictures, const std::filesystem::path& file) {
    hebb::require<FormatError>(pictures.channels == 1 || pictures.channels == 3, file, " has ",
                               pictures.channels, " channels; pictures have 1 or 3");
    hebb::Vector<float> square(pictures.channels * size_ * size_);
    for (Index i = 0; i < pictures.size(); ++i) {
      fit(pictures, i, size_, square.data());
      std::vector<std::uint8_t>& bytes = squares_.emplace_back(std::size_t(square.size()));
      std::ranges::transform(square, bytes.begin(), [](float value) {
        return std::uint8_t(std::lround(value / hebb::unit_per_byte));
      });
    }
    channels_ = std::max(channels_, pictures.channels);
  }

  /// All squares in one set; gray ones in colour if some are.
  ImageSet set() const {
    ImageSet all{
        .channels = channels_, .width = size_, .height = size_, .pixels = {}, .labels = {}};
    for (const auto& square : squares_) {
      const Index copies = all.rows() / Index(square.size());
      for (const std::uint8_t value : square)
        all.pixels.insert(all.pixels.end(), std::size_t(copies), value);
    }
    return all;
  }

 private:
  Index size_, channels_ = 1;
  std::vector<std::vector<std::uint8_t>> squares_;
};

/// The subfolders without those that the system hides.
std::vector<std::string> classes_in(const std::filesystem::path& path) {
  std::vector<std::string> names = hebb::subfolders(path);
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  return names;
}

Collection read_classes(const std::filesystem::path& path, Index size) {
  Collection result{.images = {}, .names = classes_in(path)};
  hebb::require<FormatError>(!result.names.empty(), path,
                             " holds no subfolders; the pictures of each class belong into one");
  hebb::require<FormatError>(result.names.size() > 1, path, " holds one class only, ",
                             result.names[0], "; a readout needs two or more");
  Squares squares(size);
  std::vector<int> labels;
  for (std::size_t label = 0; label < result.names.size(); ++label)
    for (const auto& file : hebb::image_files(path / result.names[label])) {
      squares.add(hebb::read_image(file), file);
      labels.push_back(int(label));
    }
  result.images = squares.set();
  result.images.labels = std::move(labels);
  result.images.classes = int(result.names.size());
  return result;
}

/// The first of these names that there is in the folder, plain or .gz.
std::optional<std::filesystem::path> found_in(const std::filesystem::path& folder,
                                              std::initializer_list<std::string> names) {
  for (const std::string& name : names)
    for (const char* packed : {"", ".gz"})
      if (std::filesystem::exists(folder / (name + packed))) return folder / (name + packed);
  return {};
}

std::optional<Collection> read_idx_pair(const std::filesystem::path& folder,
                                        const std::string& part, Index size) {
  const auto images = found_in(folder, {part + "-images-idx3-ubyte", part + "-images-idx4-ubyte"});
  if (!images) return {};
  const auto labels = found_in(folder, {part + "-labels-idx1-ubyte"});
  hebb::require<FormatError>(labels.has_value(), folder, " holds ", images->filename(), " but no ",
                             part, "-labels-idx1-ubyte");
  constexpr int most_classes = 256;
  ImageSet read = hebb::read_idx_images(*images, *labels, most_classes);
  Squares squares(size);
  squares.add(read, *images);
  Collection result{.images = squares.set(), .names = {}};
  result.images.classes = 1 + *std::ranges::max_element(read.labels);
  result.images.labels = std::move(read.labels);
  hebb::require<FormatError>(result.images.classes > 1, *labels,
                             " holds one class only, 0; a readout needs two or more");
  for (int label = 0; label < result.images.classes; ++label)
    result.names.push_back(std::to_string(label));
  return result;
}

struct Split {
  std::vector<Index> learn, validation, test;
};

/// Of each class a tenth for validation and, if wanted, a fifth for the test.
Split split_pictures(const Collection& all, bool with_test, const std::filesystem::path& path) {
  const auto& labels = all.images.labels;
  std::vector<Index> count(all.names.size(), 0), seen = count;
  for (const int label : labels) ++count[std::size_t(label)];
  const Index fewest = with_test ? 3 : 2;
  for (std::size_t label = 0; label < count.size(); ++label)
    hebb::require<FormatError>(
        count[label] == 0 || count[label] >= fewest, path, ": class ", all.names[label], " has ",
        count[label], " picture(s); each part of the data needs one, so ", fewest, " or more");
  Split split;
  for (const Index sample : hebb::Random{.seed = 1}.permutation(all.images.size())) {
    const auto label = std::size_t(labels[std::size_t(sample)]);
    const Index test = with_test ? std::max<Index>(1, count[label] / 5) : 0,
                validation = std::max<Index>(1, count[label] / 10), place = seen[label]++;
    (place < test                ? split.test
     : place < test + validation ? split.validation
                                 : split.learn)
        .push_back(sample);
  }
  return split;
}

/// Of ten consecutive views of an object the 5th and the 10th for the test, the 9th for validation.
Split split_views(const Collection& all, const std::filesystem::path& path) {
  Split split;
  const auto& labels = all.images.labels;
  for (std::size_t label = 0, begin = 0; label < all.names.size(); ++label) {
    const auto views = std::size_t(std::ranges::count(labels, int(label)));
    hebb::require<FormatError>(views >= 10, path / all.names[label], " holds ", views,
                               " view(s); a sequence needs 10 or more");
    for (std::size_t view = 0; view < views; ++view)
      (view % 5 == 4    ? split.test
       : view % 10 == 8 ? split.validation
                        : split.learn)
          .push_back(Index(begin + view));
    begin += views;
  }
  const auto shuffle = [](std::vector<Index>& part) {
    std::vector<Index> order = hebb::Random{.seed = 1}.permutation(Index(part.size()));
    for (Index& place : order) place = part[std::size_t(place)];
    part = std::move(order);
  };
  shuffle(split.learn), shuffle(split.validation), shuffle(split.test);
  return split;
}

/// The pairs of consecutive views among those to learn from.
std::vector<std::array<Index, 2>> consecutive_views(const Collection& all, const Split& split) {
  constexpr Index none = -1;
  std::vector<Index> place(std::size_t(all.images.size()), none);
  for (std::size_t i = 0; i < split.learn.size(); ++i)
    place[std::size_t(split.learn[i])] = Index(i);
  std::vector<std::array<Index, 2>> pairs;
  for (std::size_t view = 0; view + 1 < place.size(); ++view)
    if (place[view] != none && place[view + 1] != none &&
        all.images.labels[view] == all.images.labels[view + 1])
      pairs.push_back({place[view], place[view + 1]});
  return pairs;
}

/// Pictures for the test that were given, beside those to learn from.
void set_test(Images& images, Collection test, const std::filesystem::path& path) {
  hebb::require<FormatError>(test.images.channels == images.learn.channels, path,
                             ": the pictures for the test have ", test.images.channels,
                             " channels, those to learn from ", images.learn.channels);
  test.images.classes = images.learn.classes;
  const std::vector<Index> order = hebb::Random{.seed = 1}.permutation(test.images.size());
  images.test = hebb::subset(test.images, order);
}

}  // namespace

Images own_images(const std::filesystem::path& path, Index size, Subfolder holds) {
  require_data(path,
               "point --path to a folder with one subfolder of pictures per class, or with "
               "IDX files");
  hebb::require<FormatError>(std::filesystem::is_directory(path), path,
                             " is no folder; point --path to one");
  Collection all;
  std::optional<Collection> test;
  if (std::optional<Collection> idx = read_idx_pair(path, "train", size)) {
    hebb::require<FormatError>(holds == Subfolder::pictures, path,
                               " holds IDX files; a sequence needs a subfolder per object");
    all = *std::move(idx);
    test = read_idx_pair(path, "t10k", size);
    hebb::require<FormatError>(!test || test->images.classes <= all.images.classes, path,
                               ": there are labels for the test that are not learned from");
  } else if (holds == Subfolder::pictures &&
             classes_in(path) == std::vector<std::string>{"test", "train"}) {
    all = read_classes(path / "train", size);
    test = read_classes(path / "test", size);
    hebb::require<FormatError>(test->names == all.names, path,
                               ": train and test have different subfolders");
  } else {
    all = read_classes(path, size);
  }
  const Split split = holds == Subfolder::views ? split_views(all, path)
                                                : split_pictures(all, !test.has_value(), path);
  Images images{.learn = hebb::subset(all.images, split.learn),
                .validation = hebb::subset(all.images, split.validation),
                .test = hebb::subset(all.images, split.test),
                .class_names = all.names};
  if (holds == Subfolder::views) images.consecutive = consecutive_views(all, split);
  if (test) set_test(images, *std::move(test), path);
  return images;
}

}  // namespace example
