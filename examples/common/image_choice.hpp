/// @file
/// The options by which images are chosen: a known data set, or the user's own pictures.
#pragma once

#include <map>
#include <string>

#include "common/image_stream.hpp"
#include "common/own_images.hpp"

namespace example {

/// The values of --data, --path and --size.
struct ImageChoice {
  Dataset dataset = Dataset::fashion;
  std::string path;
  hebb::Index size = 32;

  void add_options(Program& program) {
    program.one_of("--data", dataset, "images", datasets_and_own);
    program.app.add_option("--path", path,
                           "folder with the data set's files; with own, a folder with one "
                           "subfolder of pictures per class, or IDX files");
    program
        .option("--size", size,
                "side of your own pictures after cropping and scaling, pixels, a multiple of 32")
        ->check(CLI::Range(32, 256));
  }

  std::string name() const { return name_of(dataset); }

  /// Some images kept for validation.
  Images load(StreamKind stream) const {
    if (dataset == Dataset::own) return own(stream);
    hebb::require(
        stream != StreamKind::sequence,
        "--stream sequence needs --data own, with a subfolder of sorted views per object");
    return example::load(dataset, path);
  }

  /// All images that are not for the test, for protocols whose settings are given.
  Images load_all() const {
    if (dataset != Dataset::own) return example::load_all(dataset, path);
    Images images = own(StreamKind::augment);
    hebb::ImageSet &learn = images.learn, &held = images.validation;
    learn.pixels.insert(learn.pixels.end(), held.pixels.begin(), held.pixels.end());
    learn.labels.insert(learn.labels.end(), held.labels.begin(), held.labels.end());
    held = {};
    return images;
  }

  /// For checkpoints.
  void add_to(RunSettings& settings, const Images& images) const {
    settings.set("--data", name());
    settings.set("digest of the images", digest_of({&images.learn, &images.validation}));
  }

 private:
  Images own(StreamKind stream) const {
    hebb::require(size % 32 == 0, "--size must be a multiple of 32, got ", size);
    hebb::require(!path.empty(),
                  "--data own needs --path, a folder with one subfolder of pictures per class");
    return own_images(path, size,
                      stream == StreamKind::sequence ? Subfolder::views : Subfolder::pictures);
  }
};

}  // namespace example
