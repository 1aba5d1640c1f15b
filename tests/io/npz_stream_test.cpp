#include "hebb/io/npz_stream.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "tests/files.hpp"

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

TEST_CASE("npz stream: after a piece that the disk refused, the old file stays") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npz";
  const auto write = [&](double number, NpzStream& stream) {
    stream.add("a", Matrix<double>(Matrix<double>::Constant(20, 20, number)));
  };
  {
    NpzStream first(path);
    write(1, first);
    first.close();
  }
  {
    NpzStream second(path);
    write(2, second);
    rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{4000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &tight);
    CHECK_THROWS_AS(write(3, second), IoError);
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK_THROWS_AS(write(4, second), InvalidCall);
    CHECK_THROWS_AS(second.close(), InvalidCall);
  }
  CHECK(from_npy<Matrix<double>>(read_npz(path).at("a.0000000"), "a")(0, 0) == 1);
  CHECK(directory.files() == 1);
}
