#include "hebb/data/cifar.hpp"

#include <doctest/doctest.h>

#include "tests/files.hpp"

using namespace hebb;

namespace {

/// A record whose red, green and blue at pixel i are i mod 251, i mod 241 and i mod 239.
Bytes record(std::uint8_t label) {
  Bytes bytes{label};
  for (const int modulus : {251, 241, 239})
    for (int i = 0; i < 1024; ++i) bytes.push_back(std::uint8_t(i % modulus));
  return bytes;
}

}  // namespace

TEST_CASE(
    "cifar: planes become pixels with the channel fastest, plain and packed, over several files") {
  const TemporaryDirectory folder;
  const std::vector<std::filesystem::path> files{folder.write("one.bin", record(3) + record(9)),
                                                 folder.write("two.bin.gz", gzip(record(0)))};
  const ImageSet images = read_cifar10(files);

  CHECK(images.size() == 3);
  CHECK(images.channels == 3);
  CHECK(images.width == 32);
  CHECK(images.height == 32);
  CHECK(images.classes == 10);
  CHECK(images.labels == std::vector<int>{3, 9, 0});
  for (Index sample = 0; sample < 3; ++sample) {
    const std::uint8_t* const pixel =
        images.image(sample) + (8 * 32 + 4) * 3;  // x = 4, y = 8: number 260
    CHECK(pixel[0] == 260 - 251);
    CHECK(pixel[1] == 260 - 241);
    CHECK(pixel[2] == 260 - 239);
  }
}

TEST_CASE("cifar: a file cut short inside a record is refused at any length") {
  const TemporaryDirectory folder;
  const Bytes whole = record(1) + record(2), packed = gzip(whole);
  for (std::size_t length = 0; length < whole.size(); length += length % 3073 < 3 ? 1 : 307) {
    const auto path =
        folder.write("cut", Bytes(whole.begin(), whole.begin() + std::ptrdiff_t(length)));
    if (length == 3073)
      CHECK(read_cifar10(path).size() == 1);  // the format cannot distinguish it from a whole file
    else
      CHECK_THROWS_AS(read_cifar10(path), FormatError);
  }
  for (std::size_t length = 0; length < packed.size(); ++length)
    CHECK_THROWS_AS(read_cifar10(folder.write(
                        "cut.gz", Bytes(packed.begin(), packed.begin() + std::ptrdiff_t(length)))),
                    FormatError);
}

TEST_CASE("cifar: every fault of a file has a message of its own") {
  const TemporaryDirectory folder;
  const auto refusal = [&](const Bytes& bytes) {
    return message<FormatError>([&] { read_cifar10(folder.write("bad", bytes)); });
  };
  CHECK(contains(refusal(record(4) + record(10)), "label 10 in record 1; labels run from 0 to 9"));
  CHECK(contains(refusal(record(4) + Bytes{1}), "record 1 should take 3073 bytes, there are 1"));
  CHECK(contains(refusal({}), "is empty"));
  CHECK(contains(message<FormatError>(
                     [&] { read_cifar10(folder.write("long", record(1) + record(1)), 4000); }),
                 "limit of 4000 bytes"));
  CHECK(contains(message<IoError>([&] { read_cifar10(folder.path / "nowhere"); }), "nowhere"));
  CHECK_THROWS_AS(read_cifar10(std::vector<std::filesystem::path>{}), InvalidParameter);
}
