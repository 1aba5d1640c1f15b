#include "hebb/data/planes.hpp"

#include <doctest/doctest.h>

#include "tests/files.hpp"

using namespace hebb;

TEST_CASE("planes: two channels of 2 x 3 pixels, in either order of the file") {
  const TemporaryDirectory folder;
  const auto path = folder.write("images", {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15});
  PlaneFormat format{.channels = 2, .width = 2, .height = 3};
  const ImageSet rows = read_planes(std::span(&path, 1), format);
  format.order = PlaneOrder::y_fastest;
  const ImageSet columns = read_planes(std::span(&path, 1), format);
  CHECK(rows.pixels == Bytes{0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15});
  CHECK(columns.pixels == Bytes{0, 10, 3, 13, 1, 11, 4, 14, 2, 12, 5, 15});
  CHECK(rows.size() == 1);
  CHECK(rows.labels.empty());
}

TEST_CASE("planes: labels come first in a record, and must be below the number of classes") {
  const TemporaryDirectory folder;
  const auto path = folder.write("images", {1, 50, 0, 60});
  PlaneFormat format{.channels = 1, .width = 1, .height = 1, .classes = 2};
  const ImageSet images = read_planes(std::span(&path, 1), format);
  CHECK(images.labels == std::vector<int>{1, 0});
  CHECK(images.pixels == Bytes{50, 60});
  format.classes = 1;
  CHECK(contains(message<FormatError>([&] { read_planes(std::span(&path, 1), format); }),
                 "label 1 in record 0; labels run from 0 to 0"));
}
