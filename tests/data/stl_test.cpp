#include "hebb/data/stl.hpp"

#include <doctest/doctest.h>

#include "tests/files.hpp"

using namespace hebb;

namespace {

/// An image whose value at (channel, x, y) is 50 * channel + (x + 2 * y) mod 97, as the files have
/// it: y fastest.
Bytes image() {
  Bytes bytes;
  for (int channel = 0; channel < 3; ++channel)
    for (int x = 0; x < 96; ++x)
      for (int y = 0; y < 96; ++y) bytes.push_back(std::uint8_t(50 * channel + (x + 2 * y) % 97));
  return bytes;
}

}  // namespace

TEST_CASE("stl: columns become rows, and labels begin at 0") {
  const TemporaryDirectory folder;
  const auto images = folder.write("X.bin", image() + image());
  for (const auto& set : {read_stl10(images, folder.write("y.bin", {1, 10})),
                          read_stl10(images, folder.write("y.bin.gz", gzip(Bytes{1, 10})))}) {
    CHECK(set.size() == 2);
    CHECK(set.width == 96);
    CHECK(set.labels == std::vector<int>{0, 9});
    CHECK(set.classes == 10);
    for (const Index channel : {0, 1, 2})
      CHECK(set.image(1)[(7 * 96 + 5) * 3 + channel] == 50 * channel + 5 + 2 * 7);  // x = 5, y = 7
  }
  CHECK(read_stl10(images).labels.empty());
}

TEST_CASE("stl: every bad file gets its own sentence") {
  const TemporaryDirectory folder;
  const auto images = folder.write("X.bin", image() + image());
  const auto refusal = [&](const Bytes& labels) {
    return message<FormatError>([&] { read_stl10(images, folder.write("y.bin", labels)); });
  };
  CHECK(contains(refusal({1, 0}), "label 0 at sample 1; labels run from 1 to 10"));
  CHECK(contains(refusal({11, 1}), "label 11 at sample 0"));
  CHECK(contains(refusal({1}), "has 1 labels"));
  CHECK(contains(refusal({1, 2, 3}), "has 3 labels"));
  CHECK(contains(refusal({}), "has 0 labels"));
  CHECK(contains(message<FormatError>([&] { read_stl10(folder.write("cut", image() + Bytes{5})); }),
                 "record 1 should take 27648 bytes, there are 1"));
}
