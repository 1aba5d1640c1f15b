#include "hebb/data/idx.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "hebb/data/cifar.hpp"
#include "hebb/data/labelled_folders.hpp"
#include "hebb/data/stl.hpp"
#include "tests/files.hpp"

using namespace hebb;

namespace {

std::atomic<std::size_t> largest_request = 0;  // of memory, since it was last set to 0

Bytes header(const std::vector<std::uint32_t>& sizes, int type = 8) {
  Bytes bytes{0, 0, std::uint8_t(type), std::uint8_t(sizes.size())};
  for (const std::uint32_t size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(std::uint8_t(size >> shift));
  return bytes;
}

const Bytes two_images = header({2, 2, 3}) + Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
const Bytes two_labels = header({2}) + Bytes{9, 0};

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  if (size > largest_request) largest_request = size;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_CASE("idx: images and labels come back as they were written, plain and packed") {
  const TemporaryDirectory folder;
  const auto plain =
      read_idx_images(folder.write("images", two_images), folder.write("labels", two_labels));
  const auto packed = read_idx_images(folder.write("images.gz", gzip(two_images)),
                                      folder.write("labels.gz", gzip(two_labels)));

  for (const ImageSet& images : {plain, packed}) {
    CHECK(images.size() == 2);
    CHECK(images.channels == 1);
    CHECK(images.width == 3);
    CHECK(images.height == 2);
    CHECK(images.pixels == Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    CHECK(images.labels == std::vector<int>{9, 0});
    CHECK(images.classes == 10);
  }
}

TEST_CASE("idx: a fourth size is the channels, and one size is a plain list") {
  const TemporaryDirectory folder;
  const auto images =
      read_idx_images(folder.write("rgb", header({1, 1, 2, 3}) + Bytes{1, 2, 3, 4, 5, 6}));
  CHECK(images.channels == 3);
  CHECK(images.width == 2);
  CHECK(images.size() == 1);
  CHECK(images.labels.empty());

  const auto list = read_idx(folder.write("list", header({3}) + Bytes{7, 8, 9}));
  CHECK(list.sizes == std::vector<Index>{3});
  CHECK(list.values == Bytes{7, 8, 9});
}

TEST_CASE("idx: a gzip file of several members is one content") {
  const TemporaryDirectory folder;
  const Bytes first(two_images.begin(), two_images.begin() + 10),
      second(two_images.begin() + 10, two_images.end());
  CHECK(read_idx(folder.write("members.gz", gzip(first) + gzip(second))).values.size() == 12);
}

TEST_CASE("idx: a file cut short at any length is refused") {
  const TemporaryDirectory folder;
  for (const std::string name : {"cut", "cut.gz"}) {
    const Bytes whole = name == "cut" ? two_images : gzip(two_images);
    CHECK_NOTHROW(read_idx(folder.write(name, whole)));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto path =
          folder.write(name, Bytes(whole.begin(), whole.begin() + std::ptrdiff_t(length)));
      const std::string text = message<FormatError>([&] { read_idx(path); });
      CHECK_MESSAGE(contains(text, "truncated"), name << " cut at " << length << ": " << text);
    }
  }
}

TEST_CASE("idx: every fault of a file has a message of its own") {
  struct Bad {
    Bytes content;
    std::string expected;
  };
  const std::vector<Bad> table = {
      {{1, 0, 8, 1, 0, 0, 0, 1, 5}, "not an IDX file: its magic number begins with 1, 0"},
      {{0x1f, 0x8b, 8, 0}, "begins with 31, 139"},
      {header({1}, 9) + Bytes{5}, "elements of type 9"},
      {header({1}, 13) + Bytes{5}, "elements of type 13"},
      {header({}), "has 0 sizes"},
      {header({1, 1, 1, 1, 1}) + Bytes{5}, "has 5 sizes"},
      {header({2, 0}), "size 2 equal to 0"},
      {header({3}) + Bytes{1, 2},
       "truncated: its array of elements should take 3 bytes, there are 2"},
      {header({1}) + Bytes{5, 6}, "trailing bytes"},
      {header({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}),
       "more than the limit of 4294967296 bytes at size 2"},
      {header({65536, 65536, 1, 1}), "truncated: its sizes declare 4294967296 bytes"},
      {header({65536, 65536, 2}), "more than the limit of 4294967296 bytes at size 3"},
  };
  const TemporaryDirectory folder;
  for (const auto& [content, expected] : table) {
    const auto path = folder.write("bad", content);
    const std::string text = message<FormatError>([&] { read_idx(path); });
    CHECK_MESSAGE(contains(text, expected), text);
    CHECK_MESSAGE(contains(text, path.string()), text);
  }
}

TEST_CASE("idx: a damaged or padded gzip stream is refused") {
  const TemporaryDirectory folder;
  Bytes damaged = gzip(two_images);
  damaged[damaged.size() - 6] ^= 1;  // in the checksum
  CHECK(contains(message<FormatError>([&] { read_idx(folder.write("damaged.gz", damaged)); }),
                 "damaged gzip stream"));
  CHECK(contains(message<FormatError>([&] {
                   read_idx(folder.write("padded.gz", gzip(two_images) + Bytes{1, 2, 3}));
                 }),
                 "damaged gzip stream"));
  CHECK(contains(message<FormatError>(
                     [&] { read_idx(folder.write("longer.gz", gzip(two_images + Bytes{1}))); }),
                 "trailing bytes"));
}

TEST_CASE("idx: the error for a packed file under a plain name, or the reverse, says so") {
  const TemporaryDirectory folder;
  const auto refusal = [&](const std::string& name, const Bytes& content) {
    return message<FormatError>([&] { read_idx(folder.write(name, content)); });
  };
  CHECK(contains(refusal("plain.gz", two_images),
                 "plain.gz\" is not packed by gzip, though its name ends in .gz"));
  CHECK(contains(refusal("packed", gzip(two_images)),
                 "it begins as if packed by gzip: then its name should end in .gz"));
  CHECK_FALSE(contains(refusal("neither", {1, 2, 3, 4}), "gzip"));
  CHECK(contains(message<FormatError>(
                     [&] { read_cifar10(folder.write("data_batch_1.bin", gzip(two_images))); }),
                 "packed by gzip"));
  CHECK(contains(
      message<FormatError>([&] { read_stl10(folder.write("train_X.bin", gzip(two_images))); }),
      "packed by gzip"));
}

TEST_CASE("files of records: a compressed file needs the memory of its content only once") {
  const TemporaryDirectory folder;
  constexpr std::size_t stl = 4 * 27648, cifar = 40;
  const auto images = folder.write("x.gz", gzip(Bytes(stl))),
             batch = folder.write("y.gz", gzip(Bytes(cifar * 3073)));
  largest_request = 0;
  CHECK(read_stl10(images).size() == 4);
  CHECK(largest_request == stl);
  largest_request = 0;
  CHECK(read_cifar10(batch).size() == cifar);
  CHECK(largest_request == cifar * 3072);
}

TEST_CASE("labelled folders: the memory of all classes is requested once") {
  const TemporaryDirectory folder;
  const std::string header = "P5 100 100 255\n";
  const Bytes picture = Bytes(header.begin(), header.end()) + Bytes(10'000);
  for (const char* name : {"a", "b", "c"}) {
    std::filesystem::create_directory(folder / name);
    folder.write(std::string(name) + "/1.pgm", picture);
  }
  largest_request = 0;
  CHECK(read_labelled_folders(folder.path).images.size() == 3);
  CHECK(largest_request == 30'000);
}

TEST_CASE("idx: images and labels that disagree are refused") {
  const TemporaryDirectory folder;
  const auto images = folder.write("images", two_images);
  const auto refusal = [&](const Bytes& labels) {
    return message<FormatError>([&] { read_idx_images(images, folder.write("labels", labels)); });
  };
  CHECK(contains(refusal(header({3}) + Bytes{1, 2, 3}), "has 3 labels"));
  CHECK(contains(refusal(header({2}) + Bytes{1, 10}),
                 "label 10 at sample 1; labels run from 0 to 9"));
  CHECK(contains(refusal(header({2, 1}) + Bytes{1, 2}), "has 2 sizes; labels have 1"));
  CHECK(contains(message<FormatError>([&] {
                   read_idx_images(folder.write("flat", header({6, 2}) + Bytes(12)));
                 }),
                 "images have 3 or 4"));
}

TEST_CASE("idx: a missing file and a folder are IoErrors with their names") {
  const TemporaryDirectory folder;
  const std::string text = message<IoError>([&] { read_idx(folder.path / "nowhere"); });
  CHECK(contains(text, "nowhere"));
  CHECK(contains(text, "No such file"));
  CHECK(contains(message<IoError>([&] { read_idx(folder.path); }), folder.path.string()));
}

TEST_CASE("idx: the caller's limit holds") {
  const TemporaryDirectory folder;
  const auto path = folder.write("images", two_images);
  CHECK_NOTHROW(read_idx(path, 12));
  CHECK(contains(message<FormatError>([&] { read_idx(path, 11); }), "limit of 11 bytes"));
}

TEST_CASE("idx: random headers neither crash nor allocate more memory than their file can fill") {
  const TemporaryDirectory folder;
  Random random{.seed = 3};
  for (int trial = 0; trial < 2000; ++trial) {
    Bytes bytes = two_images;
    for (Index changes = 1 + random.below(4); changes > 0; --changes)
      bytes[std::size_t(random.below(16))] = std::uint8_t(random.below(256));
    const bool pack = random.bernoulli(0.5);
    const auto path = folder.write(pack ? "hostile.gz" : "hostile", pack ? gzip(bytes) : bytes);
    largest_request = 0;
    std::size_t values = 12;
    try {
      values = read_idx(path).values.size();
    } catch (const FormatError&) {
    }
    CHECK(values == 12);
    CHECK(largest_request < (1u << 17));
  }
}
