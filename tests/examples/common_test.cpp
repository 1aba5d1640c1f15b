#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/checkpoint.hpp"
#include "common/command_line.hpp"
#include "common/image_data.hpp"
#include "common/machine.hpp"
#include "common/progress.hpp"
#include "common/report.hpp"
#include "common/summary.hpp"
#include "common/verdict.hpp"

using namespace example;

namespace {

/// A directory for one test, removed afterwards.
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
  Scratch scratch;
  const std::string directory = scratch.options.directory.string();
  arguments.insert(arguments.begin(),
                   {"test", "--out", directory.c_str()});  // a later --out counts
  std::vector<char*> argv;
  for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
  Program program("test", "A test.");
  program.app.get_option("--out")->take_last();
  std::int64_t count = 1;
  double number = 1;
  float single = 1;
  bool resume = false;
  std::vector<hebb::Index> list;
  program.app.add_option("--count", count);
  program.app.add_option("--number", number)->check(CLI::PositiveNumber);
  program.app.add_option("--single", single);
  program.app.add_option("--list", list)->delimiter(',');
  program.app.add_flag("--resume", resume);
  int code = 0;
  if constexpr (requires(Options options) { body(options, count, number); })
    code = program.run(int(argv.size()), argv.data(),
                       [&](const Options& options) { body(options, count, number); });
  else
    code = program.run(int(argv.size()), argv.data(), body);
  listen_for_stop();  // or the next test would stop, too
  return code;
}

/// Arrays as a checkpoint visits them.
struct Visited {
  hebb::Matrix<double>& place;
  std::int64_t& steps;
  void each(auto&& visit) const {
    visit("place", place);
    visit("steps", steps);
  }
};

/// What a body writes to standard error while it runs.
std::string errors_of(const auto& body) {
  std::ostringstream text;
  std::streambuf* const before = std::cerr.rdbuf(text.rdbuf());
  body();
  std::cerr.rdbuf(before);
  return text.str();
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
  CHECK(exit_code(
            {}, [](const Options&) { throw hebb::Divergence("layer 1 diverged at step 7"); }) == 1);
}

TEST_CASE("program: options reach the body, and the directory is named after the program") {
  exit_code({"--seed", "7", "--threads", "1", "--quick"}, [](const Options& options) {
    CHECK(options.seed == 7);
    CHECK(options.threads == 1);
    CHECK(options.quick);
    CHECK(options.command.ends_with(" --seed 7 --threads 1 --quick"));
  });
  Program program("test", "A test.");
  CHECK(program.app.get_option("--out")->get_default_str() == "out/test");
}

TEST_CASE("program: every option reaches the body with its value, as the command line takes it") {
  const auto value = [](const Options& options, const std::string& name) {
    for (const auto& [option, text] : options.given)
      if (option == name) return text;
    return std::string("none");
  };
  exit_code({"--seed", "7", "--list", "1,2", "--quick"}, [&](const Options& options) {
    CHECK(value(options, "--seed") == "7");
    CHECK(value(options, "--list") == "1,2");
    CHECK(value(options, "--quick") == "yes");
    CHECK(value(options, "--resume") == "no");
    CHECK(value(options, "--count") == "not given");
    CHECK(value(options, "--help") == "none");
  });
}

TEST_CASE("program: an option of names takes these and no numbers, and its help shows them") {
  Scratch scratch;
  Dataset data = Dataset::fashion;
  std::vector<Dataset> several{Dataset::mnist};
  const std::string directory = scratch.options.directory.string();
  const auto code = [&](std::vector<const char*> arguments, const auto& body) {
    arguments.insert(arguments.begin(), {"test", "--out", directory.c_str()});
    std::vector<char*> argv;
    for (const char* argument : arguments) argv.push_back(const_cast<char*>(argument));
    Program program("test", "A test.");
    data = Dataset::fashion;  // the default
    program.one_of("--data", data, "images", datasets);
    program.some_of("--several", several, "more images", datasets);
    const std::string help = program.app.help();
    CHECK(help.find("--data NAME=fashion-mnist") != std::string::npos);
    CHECK(help.find("images: cifar10, fashion-mnist, mnist") != std::string::npos);
    CHECK(help.find("some of cifar10, fashion-mnist, mnist") != std::string::npos);
    CHECK(help.find("ENUM") == std::string::npos);
    return program.run(int(argv.size()), argv.data(), body);
  };
  const auto never = [](const Options&) { FAIL("the body runs"); };
  CHECK(code({"--data", "cifar10", "--several", "mnist,cifar10"}, [&](const Options& options) {
          CHECK(data == Dataset::cifar10);
          CHECK(several == std::vector{Dataset::mnist, Dataset::cifar10});
          CHECK(options.given.end() !=
                std::find(options.given.begin(), options.given.end(),
                          std::pair<std::string, std::string>{"--several", "mnist,cifar10"}));
        }) == 0);
  for (const char* wrong : {"fashion", "0", ""}) CHECK(code({"--data", wrong}, never) == 2);
  CHECK(errors_of([&] {
          code({"--data", "fashion"}, never);
        }).find("'fashion' is none of cifar10, fashion-mnist, mnist") != std::string::npos);
}

TEST_CASE("program: --version prints the version of the library and does not run the body") {
  std::ostringstream text;
  std::streambuf* const before = std::cout.rdbuf(text.rdbuf());
  const int code = exit_code({"--version"}, [](const Options&) { FAIL("the body runs"); });
  std::cout.rdbuf(before);
  CHECK(code == 0);
  CHECK(text.str() == "hebb " + version_text() + "\n");
}

TEST_CASE(
    "program: numbers that are none, or beyond their type, are refused before the body runs") {
  const auto never = [](const Options&) { FAIL("the body runs"); };
  for (const char* seed : {"-1", "", " ", "1.5", "18446744073709551616", "0x10", "1e3", "nan"})
    CHECK_MESSAGE(exit_code({"--seed", seed}, never) == 2, seed);
  CHECK(exit_code({"--seed="}, never) == 2);
  for (const char* count : {"-1", "", "9223372036854775808", "nan"})
    CHECK_MESSAGE(exit_code({"--count", count}, never) == 2, count);
  for (const char* number : {"nan", "-nan", "inf", "-inf", "", "1e400", "0", "-1"})
    CHECK_MESSAGE(exit_code({"--number", number}, never) == 2, number);
  for (const char* single : {"nan", "inf", "1e39", "-1e39", ""})
    CHECK_MESSAGE(exit_code({"--single", single}, never) == 2, single);
  CHECK(exit_code({"--list", "1,-2"}, never) == 2);
  CHECK(errors_of([&] {
          exit_code({"--number", "0"}, never);
        }) == "test: --number: Value 0 is too small (--help lists the options)\n");
  CHECK(exit_code({"--seed", "18446744073709551615", "--count", "010", "--number", "1e-3"},
                  [](const Options& options, std::int64_t count, double number) {
                    CHECK(options.seed == 18446744073709551615u);
                    CHECK(count == 10);
                    CHECK(number == 1e-3);
                  }) == 0);
}

TEST_CASE(
    "program: the directory of results is made, and refused where nothing can be written, before "
    "the body runs") {
  Scratch scratch;
  const std::string deep = (scratch.options.directory / "a" / "b").string();
  CHECK(exit_code({"--out", deep.c_str()}, [&](const Options& options) {
          CHECK(fs::is_directory(options.directory));
          CHECK(fs::is_empty(options.directory));
        }) == 0);
  const auto never = [](const Options&) { FAIL("the body runs"); };
  CHECK(exit_code({"--out", "/proc/no/such"}, never) == 2);
  CHECK(exit_code({"--out", "/proc"}, never) == 2);
  CHECK(exit_code({"--out", "/dev/null"}, never) == 2);
  CHECK(exit_code({"--out", ""}, never) == 2);
}

TEST_CASE(
    "program: Ctrl-C and SIGTERM save between two steps, say how to go on, and end with 130 and "
    "143") {
  Scratch scratch;
  const std::string file = (scratch.options.directory / "arm.npz").string();
  for (const int signal : {SIGINT, SIGTERM}) {
    int code = 0, steps = 0, saves = 0;
    const std::string said = errors_of([&] {
      code = exit_code({"--count", "3", "--resume", "--list", "1,2"}, [&](const Options&) {
        Saving saving(file, [&](const fs::path& path) {
          CHECK(path == file);
          ++saves;
        });
        while (true) {
          if (++steps == 5) std::raise(signal);
          saving.after_step();
        }
      });
    });
    CHECK(code == 128 + signal);
    CHECK(steps == 5);
    CHECK(saves == 1);
    CHECK(said.find(file) != std::string::npos);
    CHECK(said.ends_with(" --count 3 --list 1,2 --resume\n"));
  }
}

TEST_CASE("program: the command to go on with is one that a shell takes") {
  const std::string said = errors_of([] {
    CHECK(exit_code({"--list", "1", "--resume", "--out", "it's here"}, [](const Options& options) {
            fs::remove(options.directory);
            std::raise(SIGINT);
            stop_if_asked();
          }) == 130);
  });
  CHECK(said.ends_with(" --list 1 --out 'it'\\''s here' --resume\n"));
}

TEST_CASE("settings: a checkpoint of other settings is refused by name, with both values") {
  Scratch scratch;
  fs::create_directories(scratch.options.directory);
  const fs::path file = scratch.options.directory / "arm.npz";
  const auto settings = [](double eta, std::uint64_t seed, const std::string& data) {
    RunSettings result;
    result.set("--eta", eta);
    result.set("--seed", seed);
    result.set("--data", data);
    return result;
  };
  RunSettings saved = settings(0.1, 18446744073709551615u, "fashion"), loaded = saved;
  hebb::save_checkpoint(file, saved);
  CHECK_NOTHROW(saved.require_same(file));
  CHECK_NOTHROW(hebb::load_checkpoint(file, loaded));
  const auto refusal = [&](const RunSettings& other) -> std::string {
    try {
      other.require_same(file);
    } catch (const hebb::InvalidParameter& error) {
      return error.what();
    }
    return "";
  };
  CHECK(
      refusal(settings(0.1, 18446744073709551614u, "fashion")) ==
      file.string() +
          " was saved with --seed 18446744073709551615; this run has --seed 18446744073709551614. "
          "Give what it was saved with, or leave --resume out.");
  CHECK(refusal(settings(0.2, 18446744073709551615u, "mnist"))
            .find("--eta 0.1, --data fashion; this run has --eta 0.2, --data mnist") !=
        std::string::npos);
  RunSettings more = saved;
  more.set("--scene", 40);
  CHECK(refusal(more).find("--scene unknown; this run has --scene 40") != std::string::npos);
  hebb::save_checkpoint(file, more);
  CHECK(refusal(saved).find("scene 40; this run has scene unknown") != std::string::npos);
}

TEST_CASE(
    "checkpoints: a loop that is stopped anywhere goes on to the bits of the uninterrupted one") {
  struct Walk {
    hebb::Random random{.seed = 3};
    hebb::Matrix<double> place = hebb::Matrix<double>::Zero(2, 3);
    std::int64_t steps = 0;
    void step() {
      place += random.normal<double>(2, 3);
      ++steps;
    }
  };
  Scratch scratch;
  const auto walk = [&](bool resume, std::int64_t stops_at, double eta = 1) {
    Walk walked;
    Visited visited{walked.place, walked.steps};
    hebb::Named cursor{"random", walked.random};
    Checkpoints checkpoints{scratch.options.directory, resume, {}};
    checkpoints.settings.set("--eta", eta);
    Saving saving = checkpoints.begin("walk", visited, cursor);
    while (walked.steps < 20) {
      walked.step();
      if (walked.steps == stops_at) std::raise(SIGINT);
      saving.after_step();
    }
    saving.save();
    listen_for_stop();
    return walked.place;
  };
  fs::create_directories(scratch.options.directory);
  listen_for_stop();
  const hebb::Matrix<double> whole = walk(false, -1);
  CHECK_THROWS_AS(walk(false, 7), Stopped);
  listen_for_stop();
  CHECK_THROWS_AS(walk(true, 13), Stopped);
  listen_for_stop();
  CHECK(walk(true, 13) == whole);  // and does not come to step 13 again
  CHECK_THROWS_WITH_AS(walk(true, -1, 2), doctest::Contains("--eta 1; this run has --eta 2"),
                       hebb::InvalidParameter);
}

TEST_CASE("digest: equal images have one, other labels, pixels or shapes another") {
  const hebb::ImageSet set{.channels = 1,
                           .width = 2,
                           .height = 1,
                           .pixels = {1, 2, 3, 4},
                           .labels = {0, 1},
                           .classes = 2};
  hebb::ImageSet labels = set, pixels = set, shape = set;
  labels.labels[1] = 0;
  pixels.pixels[3] = 5;
  std::swap(shape.width, shape.height);
  CHECK(digest_of({&set}) == digest_of({&set}));
  CHECK(digest_of({&set}).size() == 16);
  for (const hebb::ImageSet* other : {&labels, &pixels, &shape})
    CHECK(digest_of({other}) != digest_of({&set}));
  CHECK(digest_of({&set, &labels}) != digest_of({&labels, &set}));
}

TEST_CASE("verdict: a readout at chance, or below an arm that does not learn, gives a warning") {
  CHECK(nothing_learned("LPL", 4, 10, 10'000).find("LPL learned nothing: 4.0 %") == 0);
  CHECK(nothing_learned("LPL", 10.5, 10, 10'000).find("chance, 10.0 %") !=
        std::string::npos);  // within two standard errors, 0.6
  CHECK(nothing_learned("LPL", std::nan(""), 10, 10'000) != "");
  CHECK(nothing_learned("LPL", 10.7, 10, 10'000) == "");
  CHECK(nothing_learned("LPL", 10.7, 10, 1000) != "");  // within two standard errors, 1.9
  CHECK(nothing_learned("LPL", 50, 10, 1000, {{"untrained", 40}, {"raw pixels", 60}})
            .find("right; raw pixels 60.0 %.") != std::string::npos);
  CHECK(nothing_learned("LPL", 61, 10, 1000, {{"untrained", 40}, {"raw pixels", 60}}) == "");
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
  REQUIRE(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size,
                     reinterpret_cast<const Bytef*>(file.data() + data + 4),
                     big_endian(file, data - 4)) == Z_OK);
  REQUIRE(size == rows.size());
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    CHECK(std::uint8_t(rows[1 + i / 9 + i]) == image.pixels[i]);
  CHECK(
      big_endian(file, data + 4 + big_endian(file, data - 4)) ==
      crc32(0, reinterpret_cast<const Bytef*>(file.data() + data), 4 + big_endian(file, data - 4)));
}

TEST_CASE("grid: pictures are placed in rows, in memory order channel, x, y") {
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

TEST_CASE("table: numbers are aligned right, words left, and UTF-8 counts by characters") {
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

TEST_CASE(
    "summary: always seconds, seed, threads, the command with every option, and what ran it; what "
    "is "
    "not finite is null") {
  Scratch scratch;
  scratch.options.seed = 5;
  scratch.options.command = "test --eta 0.5";
  scratch.options.given = {{"--eta", "0.5"}, {"--seed", "18446744073709551615"}, {"--data", "a"}};
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
  CHECK(read["command"] == "test --eta 0.5");
  CHECK(read["version"] == version_text());
  CHECK(read["date"].get<std::string>().ends_with(" UTC"));
  CHECK(read["processor"] == processor());
  CHECK(read["instruction_sets"] == instruction_sets());
  CHECK(read["--eta"] == 0.5);
  CHECK(read["--seed"] == 18446744073709551615u);
  CHECK(read["--data"] == "a");
}

TEST_CASE(
    "figure: its numbers are in a CSV file beside it, in full precision, with quotes where "
    "needed") {
  Scratch scratch;
  draw(scratch.options.directory, "course",
       Lines{.x_label = "step",
             .y_label = "loss, mean",
             .series = {
                 {.name = "a \"b\"", .x = {0, 1}, .y = {0.1, std::nan("")}, .error = {0.5, 0}}}});
  CHECK(scratch.content("course.csv") ==
        "series,step,\"loss, mean\",error\n\"a \"\"b\"\"\",0,0.1,0.5\n\"a \"\"b\"\"\",1,,0\n");
}

TEST_CASE("figure: one that cannot be drawn says why, and throws nothing") {
  Scratch scratch;
  Drawing drawing;
  const std::string said = errors_of([&] {
    drawing = draw(scratch.options.directory, "bad",
                   Lines{.x_label = "", .y_label = "", .series = {{.name = "", .x = {0}}}});
  });
  CHECK(drawing.svg.empty());
  CHECK(drawing.problem == "Lines: '' has 1 x and 0 y");
  CHECK(said == "The figure bad is left out: Lines: '' has 1 x and 0 y\n");
}

TEST_CASE("figure: a number of a heat map that is not finite is blank") {
  Scratch scratch;
  hebb::Matrix<double> values(2, 2);
  values << 1, std::nan(""), 2, 3;
  const Drawing drawing =
      draw(scratch.options.directory, "map",
           Heat{.x_label = "x", .y_label = "y", .value_label = "z", .values = values});
  CHECK(scratch.content("map.csv") == "y,x,z\n0,0,1\n0,1,\n1,0,2\n1,1,3\n");
  CHECK((drawing.problem.empty() || drawing.problem == "gnuplot is not installed"));
}

TEST_CASE("report: one self-contained page in which text is text; without gnuplot it says so") {
  Scratch scratch;
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const Drawing drawing =
      draw(scratch.options.directory, "bars",
           Bars{.y_label = "y", .groups = {"a"}, .series = {{.name = "s", .y = {1}}}});
  ::setenv("PATH", path.c_str(), 1);
  CHECK(drawing.svg.empty());

  Report report(scratch.options, "Title <1>", "Lead & more");
  report.figure(drawing, {"see", "paper"});
  report.images("filters", {{"all", Image(2, 2)}}, {"filters"});
  report.write();
  const std::string page = scratch.content("report.html");
  CHECK(page.find("quick run") == std::string::npos);
  CHECK(page.find("Title &lt;1&gt;") != std::string::npos);
  CHECK(page.find("gnuplot is not installed") != std::string::npos);
  CHECK(page.find("data:image/png;base64,iVBORw0KGgo") != std::string::npos);
  for (const char* const outside : {"http:", "https:", "<script", "<link", "@import"})
    CHECK(page.find(outside) == std::string::npos);
  CHECK(fs::exists(scratch.options.directory / "filters.png"));
  for (const auto& entry : fs::directory_iterator(scratch.options.directory))
    CHECK(entry.path().string().find("tmp-") == std::string::npos);
}

TEST_CASE("report: names its paper, says that a run was quick, and what it was run with") {
  Scratch scratch;
  scratch.options.quick = true;
  scratch.options.command = "test --quick";
  scratch.options.given = {{"--eta", "0.25"}};
  Report report(scratch.options, "Title", "Lead", halvagal_zenke);
  report.table({.head = {"a"}, .rows = {{"b"}}}, {"see", "the same"});
  report.write();
  const std::string page = scratch.content("report.html");
  for (const std::string& expected :
       {std::string("This is a quick run"), std::string("doi:10.1038/s41593-023-01460-y"),
        std::string("In Halvagal &amp; Zenke (2023):</b> the same"), std::string("test --quick"),
        std::string("<dt>--eta</dt><dd>0.25</dd>"), version_text(), instruction_sets()})
    CHECK_MESSAGE(page.find(expected) != std::string::npos, expected);
}
