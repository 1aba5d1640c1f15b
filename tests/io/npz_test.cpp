#include "hebb/io/npz.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "hebb/core/random.hpp"
#include "tests/files.hpp"

using namespace hebb;

namespace {

std::vector<std::byte> from_hex(std::string_view digits) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(std::byte(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return bytes;
}

/// What numpy.savez_compressed (1.24) wrote for a = float32 [[1.5, 2, 3], [4, 5, 6]] and n = int64
/// -7.
const std::vector<std::byte> from_numpy = from_hex(
    "504b030414000000080000002100bbbf9068590000009800000005001400612e6e7079010010009800000000000000"
    "5900000000000000"
    "9bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f5f94920a12774bcc294e"
    "058a17672416a402"
    "f91a463a0ac69a3a0ab50a64032e068603f60c0c0c0e4004c40d40bc00880f380000504b0304140000000800000021"
    "00c8b83ce4460000"
    "0088000000050014006e2e6e707901001000880000000000000046000000000000009bec17ea1b10c9c850c650ad9e"
    "925a9c5ca46ea5a0"
    "6e9369a1aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a9a3a0ab50a1401ae9fff21"
    "0000504b01021403"
    "14000000080000002100bbbf90685900000098000000050000000000000000000000800100000000612e6e7079504b"
    "0102140314000000"
    "080000002100c8b83ce446000000880000000500000000000000000000008001900000006e2e6e7079504b05060000"
    "0000020002006600"
    "00000d0100000000");

/// Replaces every occurrence of a name, in local and central headers, by a name of the same length.
std::vector<std::byte> renamed(std::vector<std::byte> bytes, std::string_view from,
                               std::string_view to) {
  const auto same = [](std::byte a, char b) { return std::to_integer<char>(a) == b; };
  for (auto at = bytes.begin();
       (at = std::search(at, bytes.end(), from.begin(), from.end(), same)) != bytes.end(); ++at)
    std::transform(to.begin(), to.end(), at, [](char c) { return std::byte(c); });
  return bytes;
}

const NpzArrays two{{"ab", to_npy(Matrix<float>{{1, 2}})}, {"cd", to_npy(std::int64_t(3))}};

}  // namespace

TEST_CASE("npz: what NumPy packed is read") {
  const NpzArrays arrays = parse_npz(from_numpy, "x.npz");
  CHECK(arrays.size() == 2);
  CHECK(from_npy<Matrix<float>>(arrays.at("a"), "a") == Matrix<float>{{1.5, 2, 3}, {4, 5, 6}});
  CHECK(from_npy<std::int64_t>(arrays.at("n"), "n") == -7);
}

TEST_CASE("npz: arrays come back as they were, stored or deflated") {
  const TemporaryDirectory directory;
  const Matrix<double> noise = Random{.seed = 1}.normal<double>(17, 9);
  const NpzArrays arrays{{"noise", to_npy(noise)},
                         {"layer0.zeros", to_npy(Matrix<float>(Matrix<float>::Zero(100, 100)))}};
  for (const Compression compression : {Compression::stored, Compression::deflated}) {
    write_npz(directory / "x.npz", arrays, compression);
    const NpzArrays back = read_npz(directory / "x.npz");
    CHECK(from_npy<Matrix<double>>(back.at("noise"), "noise") == noise);
    CHECK(from_npy<Matrix<float>>(back.at("layer0.zeros"), "layer0.zeros").isZero(0));
  }
  CHECK(format_npz(arrays, Compression::deflated).size() < format_npz(arrays).size() / 10);
  CHECK_THROWS_AS(format_npz({}), InvalidParameter);
}

TEST_CASE(
    "npz: equal arrays give equal bytes, whenever they are written: every member is of 1 January "
    "1980") {
  const auto bytes = format_npz(two);
  CHECK(format_npz(two) == bytes);
  const std::vector<std::byte> time_and_date(bytes.begin() + 10, bytes.begin() + 14);
  CHECK(time_and_date == from_hex("00002100"));
}

TEST_CASE(
    "npz: names that lead out of the archive and twice the same name are refused; members that are "
    "not .npy are left alone") {
  const auto bytes = format_npz(two);
  CHECK(parse_npz(renamed(bytes, "ab.npy", "xy.npy"), "x").contains("xy"));
  CHECK_THROWS_AS(parse_npz(renamed(bytes, "ab.npy", "/b.npy"), "x"), FormatError);
  CHECK_THROWS_AS(parse_npz(renamed(bytes, "ab.npy", "\\b.npy"), "x"), FormatError);
  CHECK_THROWS_AS(parse_npz(renamed(format_npz({{"ab/cd", two.at("cd")}}), "ab/cd", "../cd"), "x"),
                  FormatError);
  CHECK_THROWS_AS(parse_npz(renamed(bytes, "ab.npy", "cd.npy"), "x"), FormatError);
  const NpzArrays others = parse_npz(renamed(bytes, "ab.npy", "ab.pkl"), "x");
  CHECK(others.size() == 1);
  CHECK(others.contains("cd"));
}

TEST_CASE("npz: what is written can be read, also an archive of more than a thousand arrays") {
  NpzArrays many;
  for (int i = 0; i < 1500; ++i) many.emplace(std::to_string(i), to_npy(i));
  CHECK(from_npy<int>(parse_npz(format_npz(many), "x").at("1499"), "x") == 1499);
}

TEST_CASE("npz: limits on members, size and ratio hold") {
  const auto bytes = format_npz(two);
  CHECK_THROWS_AS(parse_npz(bytes, "x", {.members = 1}), FormatError);
  CHECK_THROWS_AS(parse_npz(bytes, "x", {.bytes = 200}), FormatError);
  const auto bomb = format_npz({{"zeros", to_npy(Vector<float>(Vector<float>::Zero(100000)))}},
                               Compression::deflated);
  CHECK(parse_npz(bomb, "x").size() == 1);
  CHECK_THROWS_AS(parse_npz(bomb, "x", {.ratio = 100}), FormatError);
}

TEST_CASE("npz: a file cut at any length is refused") {
  for (const auto& whole : {from_numpy, format_npz(two)})
    for (std::size_t length = 0; length < whole.size(); ++length)
      CHECK_THROWS_AS(parse_npz(std::span(whole).first(length), "x"), FormatError);
}

TEST_CASE("npz: one flipped bit is refused, or all numbers stay the same") {
  const Matrix<float> a{{1.5, 2, 3}, {4, 5, 6}};
  for (std::size_t bit = 0; bit < 8 * from_numpy.size(); ++bit) {
    auto damaged = from_numpy;
    damaged[bit / 8] ^= std::byte(1 << (bit % 8));
    NpzArrays arrays;
    try {
      arrays = parse_npz(damaged, "x");
    } catch (const FormatError&) {
    }
    for (const auto& [name, array] : arrays)
      CHECK((array.shape.empty() ? from_npy<std::int64_t>(array, name) == -7
                                 : from_npy<Matrix<float>>(array, name) == a));
  }
}

TEST_CASE("npz: arrays of foreign types are skipped with a note, where that is asked for") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npz";
  NpzArrays arrays = two;
  arrays["names"] = {{'U', 12}, {1}, NpyOrder::last_fastest, std::vector<std::byte>(12)};
  arrays["objects"] = {{'O', 8}, {1}, NpyOrder::last_fastest, std::vector<std::byte>(8)};
  write_npz(path, arrays);

  std::vector<std::string> skipped;
  const NpzArrays read = read_npz(path, skipped);
  CHECK(read.size() == 2);
  CHECK(from_npy<std::int64_t>(read.at("cd"), "cd") == 3);
  REQUIRE(skipped.size() == 2);
  CHECK(skipped[0].find("member names.npy: the .npy header has the type '<U12'") !=
        std::string::npos);
  CHECK_THROWS_AS(read_npz(path), FormatError);

  NpzArrays damaged = two;
  damaged.at("ab").data.pop_back();
  write_npz(path, damaged);
  CHECK_THROWS_AS(read_npz(path, skipped), FormatError);
}
