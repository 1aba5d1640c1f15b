#include "hebb/io/npz_stream.hpp"

#include <doctest/doctest.h>

using namespace hebb;

TEST_CASE("npz stream: pieces come back in order, and the file appears when it is closed") {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / "hebb_npz_stream_test.npz";
  std::filesystem::remove(path);
  {
    NpzStream stream(path);
    const auto spikes = stream.sink("spikes");
    spikes(Matrix<double>{{1, 2}, {3, 4}});
    stream.add("rates", Matrix<float>{{5}});
    spikes(Matrix<double>{{6}, {7}});
    CHECK_FALSE(std::filesystem::exists(path));
    stream.close();
    CHECK_THROWS_AS(spikes(Matrix<double>{{1}}), InvalidCall);
  }
  const NpzArrays arrays = read_npz(path);
  REQUIRE(arrays.size() == 3);
  CHECK(from_npy<Matrix<double>>(arrays.at("spikes.0000000"), "a") ==
        Matrix<double>{{1, 2}, {3, 4}});
  CHECK(from_npy<Matrix<double>>(arrays.at("spikes.0000001"), "b") == Matrix<double>{{6}, {7}});
  CHECK(from_npy<Matrix<float>>(arrays.at("rates.0000000"), "c")(0, 0) == 5);
  std::filesystem::remove(path);

  { NpzStream abandoned(path); }
  CHECK_FALSE(std::filesystem::exists(path));
}
