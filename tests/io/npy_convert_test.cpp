#include "hebb/io/npy_convert.hpp"

#include <doctest/doctest.h>

#include <string>

#include "hebb/io/npy.hpp"

using namespace hebb;

namespace {

/// An array whose memory holds these numbers of type T.
template <typename T>
NpyArray array_of(NpyType type, std::vector<Index> shape, std::vector<T> numbers,
                  NpyOrder order = NpyOrder::last_fastest) {
  const auto bytes = std::as_bytes(std::span(numbers));
  return {type, std::move(shape), order, {bytes.begin(), bytes.end()}};
}

std::string complaint(const auto& call) {
  try {
    call();
  } catch (const FormatError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("npy conversion: numbers of 16 bits are those of IEEE 754") {
  CHECK(from_half(0x3c00) == 1);
  CHECK(from_half(0xc000) == -2);
  CHECK(from_half(0x7bff) == 65504);
  CHECK(from_half(0x0001) == std::ldexp(1.0f, -24));  // the smallest subnormal
  CHECK(from_half(0x03ff) == std::ldexp(1023.0f, -24));
  CHECK(from_half(0x0400) == std::ldexp(1.0f, -14));
  CHECK(from_half(0x3555) == doctest::Approx(1.0 / 3).epsilon(1e-3));
  CHECK(from_half(0x7c00) == std::numeric_limits<float>::infinity());
  CHECK(std::isnan(from_half(0x7e00)));
  CHECK(std::signbit(from_half(0x8000)));
}

TEST_CASE("npy conversion: every numeric type becomes float or double when asked") {
  const auto converted = [](const NpyArray& array) {
    return from_npy<Vector<float>>(convert_npy<float>(array, "x"), "x");
  };
  const Vector<float> expected{{1, 0, 2}};
  CHECK(converted(array_of<double>({'f', 8}, {3}, {1, 0, 2})) == expected);
  CHECK(converted(array_of<float>({'f', 4}, {3}, {1, 0, 2})) == expected);
  CHECK(converted(array_of<std::uint16_t>({'f', 2}, {3}, {0x3c00, 0, 0x4000})) == expected);
  CHECK(converted(array_of<std::int8_t>({'i', 1}, {3}, {1, 0, 2})) == expected);
  CHECK(converted(array_of<std::int64_t>({'i', 8}, {3}, {1, 0, 2})) == expected);
  CHECK(converted(array_of<std::uint8_t>({'u', 1}, {3}, {1, 0, 2})) == expected);
  CHECK(converted(array_of<std::uint32_t>({'u', 4}, {3}, {1, 0, 2})) == expected);
  CHECK(converted(array_of<std::uint8_t>({'b', 1}, {3}, {1, 0, 1})) == Vector<float>{{1, 0, 1}});
  CHECK(from_npy<Vector<double>>(convert_npy<double>(array_of<float>({'f', 4}, {1}, {0.5f}), "x"),
                                 "x")[0] == 0.5);
}

TEST_CASE("npy conversion: nothing is converted that was not asked, and texts are no numbers") {
  const NpyArray doubles = array_of<double>({'f', 8}, {1}, {1});
  CHECK(complaint([&] {
          from_npy<Vector<float>>(doubles, "x");
        }).find("hebb/io/npy_convert.hpp converts types") != std::string::npos);
  CHECK(complaint([&] {
          convert_npy<float>(array_of<char>({'S', 3}, {1}, {'a', 'b', 'c'}), "x");
        }).find("S3, which is no number") != std::string::npos);
  CHECK(complaint([&] {
          convert_npy<float>(array_of<double>({'f', 8}, {2}, {1}), "x");
        }).find("8 bytes of data, its shape takes 16") != std::string::npos);
}

TEST_CASE("npy conversion: a number that does not fit is refused; infinity stays") {
  const auto to_float = [](double number) {
    return complaint([&] { convert_npy<float>(array_of<double>({'f', 8}, {1}, {number}), "x"); });
  };
  CHECK(to_float(1e300).find("x holds 1e+300, which is too large for 4 bytes") !=
        std::string::npos);
  CHECK(to_float(std::numeric_limits<double>::infinity()) == "none");
  CHECK(to_float(1e-300) == "none");
}

TEST_CASE("npy conversion: samples in rows become columns, in either memory order") {
  const Matrix<float> expected{{1, 4}, {2, 5}, {3, 6}};  // two samples of three numbers
  CHECK(columns_from_npy<float>(array_of<double>({'f', 8}, {2, 3}, {1, 2, 3, 4, 5, 6}), "x") ==
        expected);
  CHECK(columns_from_npy<float>(
            array_of<double>({'f', 8}, {2, 3}, {1, 4, 2, 5, 3, 6}, NpyOrder::first_fastest), "x") ==
        expected);
  CHECK(columns_from_npy<float>(array_of<float>({'f', 4}, {2}, {7, 8}), "x") ==
        Matrix<float>{{7, 8}});
  CHECK(complaint([] { columns_from_npy<float>(to_npy(3.0f), "x"); }).find("one number") !=
        std::string::npos);
  CHECK(columns_from_npy<float>(array_of<float>({'f', 4}, {0, 3}, {}), "x").rows() == 3);
}

TEST_CASE("npy conversion: images of N x H x W x C have the channel fastest, then x, then y") {
  // Pixel (y, x, channel) of image n holds 1000 n + 100 y + 10 x + channel.
  constexpr Index n = 2, height = 3, width = 4, channels = 2;
  std::vector<std::int16_t> c_order, f_order(std::size_t(n * height * width * channels));
  for (Index i = 0; i < n; ++i)
    for (Index y = 0; y < height; ++y)
      for (Index x = 0; x < width; ++x)
        for (Index c = 0; c < channels; ++c) {
          c_order.push_back(std::int16_t(1000 * i + 100 * y + 10 * x + c));
          f_order[std::size_t(i + n * (y + height * (x + width * c)))] = c_order.back();
        }
  const std::vector<Index> shape{n, height, width, channels};
  const Matrix<float> columns =
      columns_from_npy<float>(array_of<std::int16_t>({'i', 2}, shape, c_order), "x");
  CHECK(columns.rows() == channels * width * height);
  CHECK(columns(1 + channels * (2 + width * 1), 1) == 1000 + 100 + 20 + 1);
  CHECK(columns ==
        columns_from_npy<float>(
            array_of<std::int16_t>({'i', 2}, shape, f_order, NpyOrder::first_fastest), "x"));
}
