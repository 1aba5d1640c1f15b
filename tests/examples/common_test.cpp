#include <doctest/doctest.h>
#include <zlib.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/command_line.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"

using namespace example;

namespace {

/// A directory of its own for one test, gone afterwards.
struct Scratch {
  Options options;

  Scratch() {
    options.name = "test";
    options.directory = fs::temp_directory_path() / ("hebb-examples-" + std::to_string(::getpid()));
  }
  ~Scratch() { fs::remove_all(options.directory); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string content(const std::string& name) const {
    std::ifstream file(options.directory / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

template <typename Body>
int exit_code(std::vector<const char*> arguments, const Body& body) {
  arguments.insert(arguments.begin(), "test");
  std::vector<char*> argv;
  for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
  Program program("test", "A test.");
  return program.run(int(argv.size()), argv.data(), body);
}

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::uint8_t(bytes[at + i]);
  return value;
}

}  // namespace

TEST_CASE("program: exit codes tell bad input and missing data from other failures") {
  const auto nothing = [](const Options&) {};
  CHECK(exit_code({}, nothing) == 0);
  CHECK(exit_code({"--help"}, [](const Options&) { FAIL("help does not run the program"); }) == 0);
  CHECK(exit_code({"--no-such-option"}, nothing) == 2);
  CHECK(exit_code({"--threads", "0"}, nothing) == 2);
  CHECK(exit_code({}, [](const Options&) { require_data("/no/such/file", "install it"); }) == 2);
  CHECK(exit_code({}, [](const Options&) { hebb::require(false, "eta must be > 0"); }) == 2);
  CHECK(exit_code({}, [](const Options&) { throw hebb::Divergence("layer 1 diverged at step 7"); }) == 1);
}

TEST_CASE("program: options reach the body, and the directory is named after the program") {
  exit_code({"--seed", "7", "--threads", "1", "--quick"}, [](const Options& options) {
    CHECK(options.directory == "out/test");
    CHECK(options.seed == 7);
    CHECK(options.threads == 1);
    CHECK(options.quick);
    CHECK(options.command == "test --seed 7 --threads 1 --quick");
  });
}

TEST_CASE("png: unpacking the file gives the pixels back") {
  Image image(3, 2, 0);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = std::uint8_t(10 * i);
  const std::string file = png(image);
  CHECK(file.substr(1, 3) == "PNG");
  CHECK(big_endian(file, 16) == 3);  // width
  CHECK(big_endian(file, 20) == 2);  // height

  const std::size_t data = file.find("IDAT");
  std::string rows(2 * (1 + 3 * 3), '\0');
  uLongf size = uLongf(rows.size());
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size, reinterpret_cast<const Bytef*>(file.data() + data + 4),
                     big_endian(file, data - 4)) == Z_OK);
  REQUIRE(size == rows.size());
  for (std::size_t i = 0; i < image.pixels.size(); ++i) CHECK(std::uint8_t(rows[1 + i / 9 + i]) == image.pixels[i]);
  CHECK(big_endian(file, data + 4 + big_endian(file, data - 4)) ==
        crc32(0, reinterpret_cast<const Bytef*>(file.data() + data), 4 + big_endian(file, data - 4)));
}

TEST_CASE("grid: pictures stand in rows, in memory order channel, x, y") {
  hebb::Matrix<float> pictures(2, 3);  // three pictures, two wide and one high
  pictures << 0, 1, 0.2f, 1, 0, 0.4f;
  Image image = grid(pictures, {.width = 2, .height = 1, .across = 2, .zoom = 1});
  CHECK(image.width == 2 + 2 + 2);   // two pictures and the gap
  CHECK(image.height == 1 + 2 + 1);  // two rows and the gap
  CHECK(image.at(0, 0)[0] == 0);
  CHECK(image.at(1, 0)[0] == 255);
  CHECK(image.at(4, 0)[0] == 255);
  CHECK(image.at(5, 0)[0] == 0);
  CHECK(image.at(0, 3)[0] == 51);
  CHECK(image.at(1, 3)[0] == 102);
  CHECK_THROWS_AS(grid(pictures, {.width = 3, .height = 1}), hebb::ShapeError);
}

TEST_CASE("grid: signed pictures are white at zero, blue below, red above") {
  hebb::Matrix<float> picture(3, 1);
  picture << -2, 0, 2;
  Image image = grid(picture, {.width = 3, .height = 1, .zoom = 1, .contrast = Contrast::Signed});
  CHECK(image.at(0, 0)[2] > image.at(0, 0)[0]);
  CHECK(image.at(1, 0)[0] == 255);
  CHECK(image.at(1, 0)[2] == 255);
  CHECK(image.at(2, 0)[0] > image.at(2, 0)[2]);
}

TEST_CASE("table: numbers stand right, words left, and UTF-8 counts as it looks") {
  Table table{.head = {"rule", "accuracy"}};
  table.add({"LPL", "71.2 ± 0.1"});
  table.add({"untrained", "50.6"});
  std::ostringstream text;
  text << table;
  CHECK(text.str() ==
        "rule         accuracy\n"
        "---------  ----------\n"
        "LPL        71.2 ± 0.1\n"
        "untrained        50.6\n");
  CHECK_THROWS_AS(table.add({"too few"}), hebb::ShapeError);
}

TEST_CASE("summary: always seconds, seed and threads; what is not finite is null") {
  Scratch scratch;
  scratch.options.seed = 5;
  Summary summary(scratch.options);
  summary.set("accuracy", 71.5);
  summary.set("nothing", std::numeric_limits<double>::quiet_NaN());
  summary.set("endless", std::numeric_limits<double>::infinity());
  summary.set("data", "fashion-mnist");
  summary.write();

  const auto read = nlohmann::json::parse(scratch.content("summary.json"));
  CHECK(read["seed"] == 5);
  CHECK(read.contains("threads"));
  CHECK(read["seconds"] >= 0);
  CHECK(read["accuracy"] == 71.5);
  CHECK(read["nothing"].is_null());
  CHECK(read["endless"].is_null());
  CHECK(read["data"] == "fashion-mnist");
}

TEST_CASE("figure: its numbers stand beside it, whole and quoted where they must be") {
  Scratch scratch;
  draw(scratch.options.directory, "course",
       Lines{.x_label = "step",
             .y_label = "loss, mean",
             .series = {{.name = "a \"b\"", .x = {0, 1}, .y = {0.1, std::nan("")}, .error = {0.5, 0}}}});
  CHECK(scratch.content("course.csv") == "series,step,\"loss, mean\",error\n\"a \"\"b\"\"\",0,0.1,0.5\n\"a \"\"b\"\"\",1,,0\n");
  CHECK_THROWS_AS(draw(scratch.options.directory, "bad", Lines{.x_label = "", .y_label = "", .series = {{.name = "", .x = {0}, .y = {}}}}),
                  hebb::ShapeError);
}

TEST_CASE("report: one self-contained page in which text is text; without gnuplot it says so") {
  Scratch scratch;
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const Drawing drawing =
      draw(scratch.options.directory, "bars", Bars{.y_label = "y", .groups = {"a"}, .series = {{.name = "s", .y = {1}}}});
  ::setenv("PATH", path.c_str(), 1);
  CHECK(drawing.svg.empty());

  Report report(scratch.options, "Title <1>", "Lead & more");
  report.figure(drawing, {"see", "paper"});
  report.images("filters", {{"all", Image(2, 2)}}, {"filters"});
  report.write();
  const std::string page = scratch.content("report.html");
  CHECK(page.find("Title &lt;1&gt;") != std::string::npos);
  CHECK(page.find("gnuplot is not installed") != std::string::npos);
  CHECK(page.find("data:image/png;base64,iVBORw0KGgo") != std::string::npos);
  for (const char* const outside : {"http:", "https:", "<script", "<link", "@import"}) CHECK(page.find(outside) == std::string::npos);
  CHECK(fs::exists(scratch.options.directory / "filters.png"));
  for (const auto& entry : fs::directory_iterator(scratch.options.directory))
    CHECK(entry.path().string().find("tmp-") == std::string::npos);
}
