/// @file
/// Data sets of images, and their parts for learning, validation and test.
#pragma once

#include <array>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/run_settings.hpp"
#include "hebb/core/digest.hpp"
#include "hebb/data/cifar.hpp"
#include "hebb/data/idx.hpp"
#include "hebb/data/image_set.hpp"

namespace example {

enum class Dataset { fashion, mnist, cifar10, own };

/// The data sets by their names on the command line.
inline const std::map<std::string, Dataset> datasets{
    {"fashion-mnist", Dataset::fashion}, {"mnist", Dataset::mnist}, {"cifar10", Dataset::cifar10}};

/// The same, and pictures of the user's own.
inline const std::map<std::string, Dataset> datasets_and_own = [] {
  auto names = datasets;
  names.emplace("own", Dataset::own);
  return names;
}();

/// Disjoint parts. Nothing learns from `validation` or `test`. Settings were chosen on
/// `validation`; `test` is used once.
struct Images {
  hebb::ImageSet learn, validation, test;
  std::vector<std::string> class_names;
  /// Pairs of images of `learn` that are consecutive views of an object; empty without a sequence.
  std::vector<std::array<hebb::Index, 2>> consecutive = {};
};

inline const std::vector<std::string> cifar10_classes{
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};

/// A file of CIFAR-10's binary version, plain or .gz.
inline std::filesystem::path cifar10_file(std::filesystem::path folder, const std::string& name) {
  if (folder.empty()) folder = "cifar-10-batches-bin";
  auto file = folder / name;
  if (!std::filesystem::exists(file)) file += ".gz";
  require_data(file, "point --path to the folder of CIFAR-10's binary version, plain or .gz");
  return file;
}

/// Of MNIST or Fashion-MNIST the last `validation` images of the training set are kept for
/// validation.
inline Images load(Dataset dataset, std::filesystem::path path, hebb::Index validation = 10'000) {
  using namespace hebb;
  const auto part = [](const ImageSet& all, Index begin, Index end) {
    return subset(all, range(begin, end));
  };
  if (dataset == Dataset::cifar10) {
    std::vector<std::filesystem::path> training;
    for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin"})
      training.push_back(cifar10_file(path, name));
    const ImageSet all = read_cifar10(training);
    return {part(all, 0, 25'000), part(all, 25'000, 30'000),
            read_cifar10(cifar10_file(path, "test_batch.bin")), cifar10_classes};
  }
  const bool fashion = dataset == Dataset::fashion;
  if (path.empty()) path = fashion ? "/usr/share/datasets/fashion-mnist" : "mnist";
  const std::string remedy =
      fashion
          ? "install the Debian package dataset-fashion-mnist, or point --path to its four files"
          : "point --path to the folder of MNIST's four idx files, plain or .gz";
  const auto file = [&](const char* name) {
    auto found = path / name;
    if (!std::filesystem::exists(found)) found += ".gz";
    require_data(found, remedy);
    return found;
  };
  const ImageSet all =
      read_idx_images(file("train-images-idx3-ubyte"), file("train-labels-idx1-ubyte"));
  const ImageSet test =
      read_idx_images(file("t10k-images-idx3-ubyte"), file("t10k-labels-idx1-ubyte"));
  const Index learned = all.size() - validation;
  const ImageSet learn = part(all, 0, learned), held = part(all, learned, all.size());
  if (!fashion) return {learn, held, test, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}};
  return {learn,
          held,
          test,
          {"T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
           "ankle boot"}};
}

/// All training images, none of them kept for validation: for protocols whose settings are given.
inline Images load_all(Dataset dataset, const std::filesystem::path& path) {
  if (dataset != Dataset::cifar10) return load(dataset, path, 0);
  std::vector<std::filesystem::path> training;
  for (int k = 1; k <= 5; ++k)
    training.push_back(cifar10_file(path, "data_batch_" + std::to_string(k) + ".bin"));
  return {hebb::read_cifar10(training),
          {},
          hebb::read_cifar10(cifar10_file(path, "test_batch.bin")),
          cifar10_classes};
}

/// A digest of all pixels and labels of some sets.
inline std::string digest_of(std::initializer_list<const hebb::ImageSet*> sets) {
  std::uint64_t hash = hebb::fnv1a(nullptr, 0);
  for (const hebb::ImageSet* set : sets) {
    const std::array<hebb::Index, 4> shape{set->channels, set->width, set->height, set->size()};
    hash = hebb::fnv1a(shape.data(), sizeof(shape), hash);
    hash = hebb::fnv1a(set->pixels.data(), set->pixels.size(), hash);
    hash = hebb::fnv1a(set->labels.data(), set->labels.size() * sizeof(int), hash);
  }
  return hexadecimal(hash);
}

inline std::string name_of(Dataset dataset) { return name_of(dataset, datasets_and_own); }

}  // namespace example
