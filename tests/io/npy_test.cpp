#include "hebb/io/npy.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "hebb/core/random.hpp"
#include "tests/files.hpp"

using namespace hebb;

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

/// A version 1 file with this header and these data, without padding.
std::vector<std::byte> file(const std::string& dictionary, std::string_view data) {
  const std::string header = dictionary + "\n";
  std::string text = std::string("\x93NUMPY\x01", 7) + '\0' + char(header.size() & 0xff) +
                     char(header.size() >> 8) + header;
  return bytes_of(text.append(data));
}

std::string complaint(const std::vector<std::byte>& bytes) {
  try {
    parse_npy(bytes, "x.npy");
  } catch (const FormatError& error) {
    return error.what();
  }
  return "";
}

const std::string two_by_three = "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), }";
const std::string_view one_to_six("\0\1\0\2\0\3\0\4\0\5\0\6", 12);

}  // namespace

TEST_CASE("npy: what NumPy wrote in big-endian C order is read") {
  const Matrix<std::int16_t> expected{{1, 2, 3}, {4, 5, 6}};
  CHECK(from_npy<Matrix<std::int16_t>>(parse_npy(file(two_by_three, one_to_six), "x.npy"),
                                       "x.npy") == expected);
}

TEST_CASE(
    "npy: Fortran order, little-endian, double quotes, other order of keys and no trailing comma "
    "are read") {
  const std::string_view data("\1\0\4\0\2\0\5\0\3\0\6\0", 12);
  const Matrix<std::int16_t> expected{{1, 2, 3}, {4, 5, 6}};
  const auto bytes = file("{\"shape\":(2,3),\"fortran_order\":True,\"descr\":\"<i2\"}", data);
  CHECK(from_npy<Matrix<std::int16_t>>(parse_npy(bytes, "x.npy"), "x.npy") == expected);
}

TEST_CASE("npy: version 2 with its four-byte length is read") {
  auto bytes = file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "\7\11");
  bytes[6] = std::byte{2};
  bytes.insert(bytes.begin() + 10, 2, std::byte{0});
  CHECK(from_npy<Vector<std::uint8_t>>(parse_npy(bytes, "x.npy"), "x.npy") ==
        Vector<std::uint8_t>{{7, 9}});
}

TEST_CASE_TEMPLATE("npy: numbers, vectors and matrices come back as they were", T, float, double,
                   std::int8_t, std::uint16_t, std::int32_t, std::uint64_t) {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npy";
  const Matrix<T> matrix =
      (Random{.seed = 1}.normal<double>(5, 3) * 20).cwiseAbs().template cast<T>();
  write_npy(path, matrix);
  CHECK(read_npy<Matrix<T>>(path) == matrix);
  write_npy(path, Vector<T>(matrix.col(1)));
  CHECK(read_npy<Vector<T>>(path) == matrix.col(1));
  write_npy(path, std::numeric_limits<T>::max());
  CHECK(read_npy<T>(path) == std::numeric_limits<T>::max());
  write_npy(path, Matrix<T>(0, 4));
  CHECK(read_npy<Matrix<T>>(path).cols() == 4);
  CHECK(directory.files() == 1);
}

TEST_CASE("npy: a row-major matrix is written in C order") {
  const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows{{1, 2}, {3, 4}};
  const NpyArray array = to_npy(rows);
  CHECK(array.order == NpyOrder::last_fastest);
  CHECK(from_npy<Matrix<float>>(array, "x") == Matrix<float>(rows));
}

TEST_CASE("npy: the bytes of a file are those NumPy writes") {
  const auto bytes = format_npy(to_npy(Vector<float>{{1, 2}}));
  CHECK(bytes.size() == 128 + 8);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  CHECK(text.substr(0, 68) == std::string("\x93NUMPY\x01\x00v\x00", 10) +
                                  "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }  ");
  CHECK(text[127] == '\n');
}

TEST_CASE("npy: every header that is not exactly right is refused, and the error says why") {
  const auto with = [](const std::string& header) { return complaint(file(header, one_to_six)); };
  CHECK(with(two_by_three) == "");
  CHECK(with("{'descr': '>i2', 'fortran_order': False, }").find("lacks one of descr") !=
        std::string::npos);
  CHECK(with("{'descr': '>i2', 'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), }")
            .find("descr twice") != std::string::npos);
  CHECK(with("{'descr': '>i2', 'order': 1, 'fortran_order': False, 'shape': (2, 3), }")
            .find("unknown key 'order'") != std::string::npos);
  for (const char* type : {"=i2", "i2", "|i2", "<i3", "|O", "<f1", "|b2", "<c8", "<U1", "<i16", "",
                           "<u0", "|S0", "|S", "|S-1", "|S2 ", "<f4f"})
    CHECK(with(sentence("{'descr': '", type, "', 'fortran_order': False, 'shape': (2, 3), }"))
              .find("has the type") != std::string::npos);
  for (const char* order : {"false", "0", "'False'", ""})
    CHECK(with(sentence("{'descr': '>i2', 'fortran_order': ", order, ", 'shape': (2, 3), }"))
              .find("neither True nor False") != std::string::npos);
  for (const char* shape :
       {"(2, -3)", "(2, 3.0)", "(2 3)", "(6)", "[2, 3]", "(2, 3", "(2,, 3)", "(, 2, 3)", "6",
        "(99999999999999999999,)", "(1,1,1,1,1,1,1,2,3)", "(4294967296, 4294967296, 4294967296)"})
    CHECK_MESSAGE(
        with(sentence("{'descr': '>i2', 'fortran_order': False, 'shape': ", shape, ", }")) != "",
        shape);
  for (const char* whole :
       {"", "{", "{}", "[1]", "{'descr': [('a', '<i2')], 'fortran_order': False, 'shape': (6,), }",
        "{'descr: 1}", "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), } x",
        "{'descr': '>i2' 'fortran_order': False, 'shape': (2, 3), }",
        "{, 'descr': '>i2', 'fortran_order': False, 'shape': (2, 3)}"})
    CHECK_MESSAGE(with(whole) != "", whole);
}

TEST_CASE("npy: files of Python 2 and arrays of records are refused with the reason") {
  const auto with = [](const std::string& header) { return complaint(file(header, one_to_six)); };
  CHECK(with("{'descr': '>i2', 'fortran_order': False, 'shape': (2L, 3L), }") ==
        "x.npy: the .npy header has the size 2L, a number of Python 2; save the array again with "
        "Python 3");
  CHECK(with("{'descr': [('a', '<i2')], 'fortran_order': False, 'shape': (6,), }") ==
        "x.npy: the .npy header has a structured type, an array of records; understood are arrays "
        "of numbers");
}

TEST_CASE("npy: the sizes of an array without elements are bounded, and it is read at once") {
  const auto with = [](const std::string& shape) {
    return file(sentence("{'descr': '<f4', 'fortran_order': False, 'shape': ", shape, ", }"), "");
  };
  CHECK(complaint(with("(0, 4611686018427387904)")) ==
        "x.npy: the .npy header has no elements but the shape (0, 4611686018427387904)");
  CHECK(complaint(with("(4611686018427387904, 0, 4)")) ==
        "x.npy: the .npy header has more elements than can be counted");
  CHECK(from_npy<Matrix<float>>(parse_npy(with("(0, 200000000)"), "x.npy"), "x.npy").cols() ==
        200000000);
}

TEST_CASE("npy: texts of fixed length are read and written as NumPy's S") {
  const auto bytes = format_npy(to_npy(Label{"Oja"}));
  CHECK(std::string(reinterpret_cast<const char*>(bytes.data()) + 10, 30) ==
        "{'descr': '|S3', 'fortran_orde");
  const NpyArray array = parse_npy(bytes, "x.npy");
  CHECK(from_npy<std::string>(array, "x.npy") == "Oja");
  CHECK_THROWS_AS(from_npy<std::int8_t>(array, "x.npy"), FormatError);
  CHECK(parse_npy(file("{'descr': '>S2', 'fortran_order': False, 'shape': (3,), }", "aabbcc"),
                  "x.npy")
            .data.size() == 6);
}

TEST_CASE("npy: a truncated file, and one with an additional byte, are refused") {
  const auto whole = file(two_by_three, one_to_six);
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK_MESSAGE(complaint({whole.begin(), whole.begin() + std::ptrdiff_t(length)}) != "", length);
  auto longer = whole;
  longer.push_back(std::byte{0});
  CHECK(complaint(longer) == "x.npy has 13 bytes of data; i2 (2, 3) takes 6 times 2");
}

TEST_CASE(
    "npy: one flipped bit of the header is refused or means another array of the same bytes; no "
    "flip reads outside") {
  const auto whole = file(two_by_three, one_to_six);
  for (std::size_t bit = 0; bit < 8 * (whole.size() - one_to_six.size()); ++bit) {
    auto damaged = whole;
    damaged[bit / 8] ^= std::byte(1 << (bit % 8));
    std::size_t size = one_to_six.size();
    try {
      size = parse_npy(damaged, "x.npy").data.size();
    } catch (const FormatError&) {
    }
    CHECK(size == one_to_six.size());
  }
}

TEST_CASE(
    "npy: a header that claims a gigantic array or header is refused before memory is allocated") {
  CHECK(complaint(file(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1152921504606846976,), }", "")) ==
        "x.npy has 0 bytes of data; f8 (1152921504606846976,) takes 1152921504606846976 times 8");
  CHECK(complaint(bytes_of(std::string_view("\x93NUMPY\x02\0\xf0\xff\xff\xff{}\n", 15))) ==
        "x.npy: the .npy header has 4294967280 bytes, more than 65536");
  CHECK(complaint(bytes_of(std::string_view("\x93NUMPY\x03\0\x01\0\0\0\n", 13))) ==
        "x.npy has the .npy version 3.0; understood are 1.0 and 2.0");
}

TEST_CASE("npy: an array of another type or number of dimensions is not converted silently") {
  const NpyArray doubles = to_npy(Matrix<double>{{1, 2}});
  CHECK_THROWS_WITH_AS(from_npy<Matrix<float>>(doubles, "x.npy"),
                       "x.npy holds f8 of shape (1, 2), expected is f4 with 2 dimension(s); "
                       "hebb/io/npy_convert.hpp converts types",
                       FormatError);
  CHECK_THROWS_AS(from_npy<Vector<double>>(doubles, "x.npy"), FormatError);
  CHECK_THROWS_AS(from_npy<double>(doubles, "x.npy"), FormatError);
  CHECK_THROWS_AS(from_npy<Matrix<double>>({NpyType::of<double>(), {3, 4}}, "without its data"),
                  FormatError);
}

TEST_CASE("files: the error for an unreadable file has the path and the reason") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(read_npy<float>(directory / "absent.npy"), IoError);
  CHECK_THROWS_AS(read_npy<float>(directory.path), IoError);
  CHECK_THROWS_AS(write_npy(directory / "absent/x.npy", 1.0f), IoError);
  write_npy(directory / "x.npy", Matrix<double>(Matrix<double>::Zero(100, 100)));
  CHECK_THROWS_AS(read_npy<Matrix<double>>(directory / "x.npy", 1000), FormatError);
}

TEST_CASE("files: a write that the disk refuses leaves the old content and nothing beside it") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npy";
  write_npy(path, 7.0);

  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{1000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  CHECK_THROWS_AS(write_npy(path, Matrix<double>(Matrix<double>::Zero(100, 100))), IoError);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);

  CHECK(read_npy<double>(path) == 7.0);
  CHECK(directory.files() == 1);
}

TEST_CASE("files: a rename that fails says why and leaves nothing behind") {
  const TemporaryDirectory directory;
  FileReplacement file(directory / "x.npy");
  std::filesystem::create_directory(directory / "x.npy");
  try {
    file.commit();
    FAIL("a file took the place of a directory");
  } catch (const IoError& error) {
    CHECK(std::string(error.what()).ends_with("x.npy\" cannot be replaced: Is a directory"));
  }
}

TEST_CASE("files: only a regular file is replaced") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "directory");
  REQUIRE(mkfifo((directory / "pipe").c_str(), 0600) == 0);
  for (const char* name : {"directory", "pipe"})
    CHECK_THROWS_AS(write_npy(directory / name, 1.0), IoError);
  CHECK(std::filesystem::is_fifo(directory / "pipe"));
  CHECK(directory.files() == 2);
}

TEST_CASE("files: a symbolic link is followed and kept, also if its target does not exist yet") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "disk");
  std::filesystem::create_symlink("disk/x.npy", directory / "link.npy");
  std::filesystem::create_symlink("link.npy", directory / "twice.npy");
  for (const double value : {1.0, 2.0}) {
    write_npy(directory / "twice.npy", value);
    CHECK(read_npy<double>(directory / "disk/x.npy") == value);
  }
  CHECK(std::filesystem::is_symlink(directory / "twice.npy"));
  CHECK(std::filesystem::is_symlink(directory / "link.npy"));
  std::filesystem::create_symlink("round.npy", directory / "round.npy");
  CHECK_THROWS_AS(write_npy(directory / "round.npy", 1.0), IoError);
}

TEST_CASE("files: a replaced file keeps its mode, whatever the umask") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npy";
  using std::filesystem::perms;
  const auto mode = [&] { return std::filesystem::status(path).permissions(); };
  const mode_t mask = umask(027);
  write_npy(path, 1.0);
  CHECK(mode() == perms(0640));
  std::filesystem::permissions(path, perms(0606));
  write_npy(path, 2.0);
  CHECK(mode() == perms(0606));
  umask(mask);
}

TEST_CASE(
    "files: what killed processes left beside a file is removed, and a living writer's file is not "
    "touched") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npy";
  for (int n = 0; n < 150; ++n) std::ofstream(path.string() + sentence(".tmp-", n)) << "left";
  {
    FileReplacement living(path);  // the first name
    write_npy(path, 1.0);          // the second
    CHECK(read_npy<double>(path) == 1.0);
    living.write(format_npy(to_npy(2.0)));
    living.commit();
  }
  CHECK(read_npy<double>(path) == 2.0);
  for (int n = 0; n < 2; ++n)
    CHECK_FALSE(std::filesystem::exists(path.string() + sentence(".tmp-", n)));
}

TEST_CASE("files: a link with the name of the temporary file is not followed") {
  const TemporaryDirectory directory;
  const auto path = directory / "x.npy", victim = directory / "victim.npy";
  write_npy(victim, 1.0);
  std::filesystem::create_symlink(victim, path.string() + ".tmp-0");
  std::filesystem::create_symlink(directory / "nowhere", path.string() + ".tmp-1");
  std::filesystem::create_directory(path.string() + ".tmp-2");
  write_npy(path, 2.0);
  CHECK(read_npy<double>(victim) == 1.0);
  CHECK(read_npy<double>(path) == 2.0);
  CHECK_FALSE(std::filesystem::exists(directory / "nowhere"));
}
