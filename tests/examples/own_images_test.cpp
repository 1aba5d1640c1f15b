#include "common/own_images.hpp"

#include <doctest/doctest.h>
#include <png.h>

#include <set>

#include "common/image_stream.hpp"
#include "tests/files.hpp"

using namespace hebb;
using example::Images;
using example::own_images;
using example::Subfolder;

namespace {

Bytes bytes(const std::string& text) { return {text.begin(), text.end()}; }

/// A gray picture of one value, brighter beside its middle square.
Bytes gray(int value, Index width = 6, Index height = 4) {
  Bytes file = bytes("P5 " + std::to_string(width) + " " + std::to_string(height) + " 255\n");
  const Index beside = (width - height) / 2;
  for (Index i = 0; i < width * height; ++i)
    file.push_back(std::uint8_t(i % width < beside || i % width >= width - beside ? 255 : value));
  return file;
}

/// A PNG file of one pixel.
Bytes red_png() {
  png_image image{};
  image.version = PNG_IMAGE_VERSION, image.format = PNG_FORMAT_RGB;
  image.width = image.height = 1;
  const Bytes pixel{255, 0, 0};
  Bytes file(1024);
  png_alloc_size_t size = file.size();
  REQUIRE(png_image_write_to_memory(&image, file.data(), &size, 0, pixel.data(), 0, nullptr) != 0);
  file.resize(size);
  return file;
}

/// Writes `count` pictures of the values first, first + 1, ... into a folder.
void write(const TemporaryDirectory& root, const std::string& folder, int first, int count) {
  std::filesystem::create_directories(root.path / folder);
  for (int i = 0; i < count; ++i)
    root.write(folder + "/view" + std::to_string(i) + ".pgm", gray(first + i));
}

/// The first pixels of all images.
std::vector<int> values(const ImageSet& set) {
  std::vector<int> result;
  for (Index i = 0; i < set.size(); ++i) result.push_back(*set.image(i));
  return result;
}

std::string refusal(const std::filesystem::path& path, Subfolder holds = Subfolder::pictures) {
  return message<FormatError>([&] { own_images(path, 2, holds); });
}

Bytes idx(Bytes sizes, const Bytes& elements) {
  Bytes file{0, 0, 8, std::uint8_t(sizes.size())};
  for (const std::uint8_t size : sizes) file = file + Bytes{0, 0, 0, size};
  return file + elements;
}

}  // namespace

TEST_CASE("own images: a subfolder is a class, and each part has a share of every class") {
  const TemporaryDirectory root;
  write(root, "dark", 0, 20), write(root, "light", 100, 10), write(root, ".hidden", 200, 1);
  const Images images = own_images(root.path, 2);
  CHECK(images.class_names == std::vector<std::string>{"dark", "light"});
  CHECK(images.test.size() == 6);  // a fifth of each class
  CHECK(images.validation.size() == 3);
  CHECK(images.learn.size() == 21);
  CHECK(images.learn.rows() == 4);
  std::multiset<int> all;
  for (const ImageSet* part : {&images.learn, &images.validation, &images.test}) {
    CHECK(part->classes == 2);
    for (Index i = 0; i < part->size(); ++i) {
      const int value = *part->image(i);
      all.insert(value);
      CHECK(part->labels[std::size_t(i)] == value / 100);  // 255 beside the square is cut off
    }
  }
  CHECK(all.size() == 30);
  CHECK(std::set(all.begin(), all.end()).size() == 30);  // no picture is in two parts
  CHECK(values(own_images(root.path, 2).learn) == values(images.learn));
}

TEST_CASE("own images: sizes and formats may differ, and one picture in colour makes all so") {
  const TemporaryDirectory root;
  write(root, "a", 10, 3), write(root, "b", 40, 3);
  root.write("b/large.pgm", gray(77, 40, 40));
  root.write("b/red.png", red_png());
  const Images images = own_images(root.path, 2);
  CHECK(images.learn.channels == 3);
  std::set<Bytes> seen;
  for (const ImageSet* part : {&images.learn, &images.validation, &images.test})
    for (Index i = 0; i < part->size(); ++i)
      seen.insert(Bytes(part->image(i), part->image(i) + part->rows()));
  CHECK(seen.count(Bytes(12, 77)) == 1);
  CHECK(seen.count(Bytes{255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0}) == 1);
  CHECK(seen.size() == 8);
}

TEST_CASE("own images: folders train and test are kept apart, and have the same classes") {
  const TemporaryDirectory root;
  for (const int part : {0, 1})
    for (const int label : {0, 1})
      write(root, std::string(part == 0 ? "train/" : "test/") + char('a' + label),
            10 * (2 * part + label), 4);
  const Images images = own_images(root.path, 2);
  CHECK(images.learn.size() == 6);
  CHECK(images.validation.size() == 2);
  CHECK(images.test.size() == 8);
  for (const int value : values(images.test)) CHECK(value >= 20);
  write(root, "test/c", 90, 1);
  CHECK(contains(refusal(root.path), "different subfolders"));
}

TEST_CASE("own images: IDX files with labels of any number of classes") {
  const TemporaryDirectory root;
  Bytes pixels, labels;
  for (std::uint8_t i = 0; i < 12; ++i) {
    pixels = pixels + Bytes(4, std::uint8_t(10 * i));
    labels.push_back(i % 3);
  }
  root.write("train-images-idx3-ubyte", idx({12, 2, 2}, pixels));
  CHECK(contains(refusal(root.path), "no train-labels-idx1-ubyte"));
  root.write("train-labels-idx1-ubyte", idx({12}, labels));
  Images images = own_images(root.path, 4);
  CHECK(images.class_names == std::vector<std::string>{"0", "1", "2"});
  CHECK(images.learn.rows() == 16);
  CHECK(images.test.size() == 3);
  for (Index i = 0; i < images.learn.size(); ++i)
    CHECK(images.learn.labels[std::size_t(i)] == *images.learn.image(i) / 10 % 3);
  root.write("t10k-images-idx3-ubyte", idx({2, 2, 2}, Bytes(8, 200)));
  root.write("t10k-labels-idx1-ubyte", idx({2}, {1, 2}));
  images = own_images(root.path, 4);
  CHECK(values(images.test) == std::vector<int>{200, 200});
  CHECK(images.learn.size() == 9);
  CHECK(contains(refusal(root.path, Subfolder::views), "a sequence needs a subfolder per object"));
}

TEST_CASE("own images: consecutive views of an object are pairs, without those that are held out") {
  const TemporaryDirectory root;
  write(root, "cup", 0, 20), write(root, "duck", 100, 11);
  const Images images = own_images(root.path, 2, Subfolder::views);
  const auto sorted = [](const ImageSet& set) {
    std::vector<int> all = values(set);
    std::sort(all.begin(), all.end());
    return all;
  };
  CHECK(sorted(images.test) == std::vector<int>{4, 9, 14, 19, 104, 109});
  CHECK(sorted(images.validation) == std::vector<int>{8, 18, 108});
  const example::Stream stream(example::StreamKind::sequence, images, {}, {}, 1);
  CHECK(stream.samples() == 15);  // 5 of ten views; the 11th view of the duck has no neighbour
  Matrix<float> views;
  const std::vector<Index> all = range(0, stream.samples());
  stream.pairs(all, 0, views);
  const Matrix<float> pictures = stream.displayed(views) * 255;
  const std::vector<int> labels = stream.labels(all);
  for (Index i = 0; i < stream.samples(); ++i) {
    CHECK(pictures(0, stream.samples() + i) - pictures(0, i) == doctest::Approx(1).epsilon(1e-3));
    CHECK(labels[std::size_t(i)] == int(pictures(0, i) + 0.5f) / 100);
  }
}

TEST_CASE("own images: what cannot be learned from is named in one sentence") {
  const TemporaryDirectory root;
  const auto missing = root.path / "none";
  CHECK(contains(message<example::MissingData>([&] { own_images(missing, 2); }),
                 missing.string() + " is not there"));
  CHECK(contains(refusal(root.path), "holds no subfolders"));
  write(root, "a", 0, 3);
  CHECK(contains(refusal(root.path), "holds one class only, a;"));
  std::filesystem::create_directory(root.path / "b");
  CHECK(contains(refusal(root.path), "b\" holds no frames"));
  write(root, "b", 0, 2);
  CHECK(contains(refusal(root.path), "class b has 2 picture(s)"));
  CHECK(contains(refusal(root.path, Subfolder::views), "a\" holds 3 view(s)"));
  root.write("b/broken.png", bytes("no picture"));
  CHECK(contains(refusal(root.path), "broken.png\" is not a valid PNG picture"));
  CHECK(contains(refusal(root.path / "a" / "view0.pgm"), "view0.pgm\" is no folder"));
}
