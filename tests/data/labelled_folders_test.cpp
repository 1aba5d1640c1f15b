#include "hebb/data/labelled_folders.hpp"

#include <doctest/doctest.h>

#include "tests/files.hpp"

using namespace hebb;

namespace {

/// A gray picture of 2 x 1 pixels.
Bytes picture(char first, char second) {
  const std::string text = std::string("P5 2 1 255\n") + first + second;
  return {text.begin(), text.end()};
}

/// Makes the subfolder of a class, and returns what a file in it is called.
std::string in(const TemporaryDirectory& root, const std::string& name, const std::string& file) {
  std::filesystem::create_directory(root.path / name);
  return name + "/" + file;
}

std::string refusal(const TemporaryDirectory& root, std::uint64_t limit = default_file_limit) {
  return message<FormatError>([&] { read_labelled_folders(root.path, limit); });
}

}  // namespace

TEST_CASE("labelled folders: every subfolder is a class, in natural order of names") {
  const TemporaryDirectory root;
  root.write(in(root, "class10", "a.pgm"), picture('e', 'f'));
  root.write(in(root, "class2", "b10.pgm"), picture('c', 'd'));
  root.write(in(root, "class2", "b9.pgm"), picture('a', 'b'));
  root.write(in(root, "class2", "notes.txt"), {});
  root.write("picture_of_no_class.pgm", picture('x', 'y'));

  const LabelledFolders folders = read_labelled_folders(root.path);
  CHECK(folders.names == std::vector<std::string>{"class2", "class10"});
  CHECK(folders.images.labels == std::vector<int>{0, 0, 1});
  CHECK(folders.images.classes == 2);
  CHECK(folders.images.size() == 3);
  CHECK(folders.images.width == 2);
  CHECK(folders.images.pixels == Bytes{'a', 'b', 'c', 'd', 'e', 'f'});
}

TEST_CASE("labelled folders: no classes, an empty class and pictures of two sizes are refused") {
  const TemporaryDirectory root;
  CHECK(contains(refusal(root), "holds no subfolders"));
  root.write(in(root, "a", "1.pgm"), picture('a', 'b'));
  in(root, "b", "");
  CHECK(contains(refusal(root), "b\" holds no frames"));
  root.write("b/1.pgm", {'P', '5', ' ', '1', ' ', '1', ' ', '2', '5', '5', ' ', 'x'});
  CHECK(contains(refusal(root), "b\" has pictures of 1 x 1 x 1, "));
  CHECK(contains(message<IoError>([&] { read_labelled_folders(root.path / "none"); }),
                 "cannot be listed"));
}

TEST_CASE("labelled folders: the limit is for the pixels of all classes together") {
  const TemporaryDirectory root;
  for (const char* name : {"a", "b", "c"}) root.write(in(root, name, "1.pgm"), picture('a', 'b'));
  CHECK(refusal(root, 1000) == "no error");
  CHECK(contains(refusal(root, 15), "limit of"));
}
