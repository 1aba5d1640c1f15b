// Your own images: from a folder with one subfolder per class, and from an array of NumPy.
//
// A dense layer learns prototypes of the images without their labels; a linear readout then tells
// how well the classes can be read from it. The images here are stripes, horizontal or vertical.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "hebb/analysis/linear_readout.hpp"
#include "hebb/data/batches.hpp"
#include "hebb/data/labelled_folders.hpp"
#include "hebb/io/npy_convert.hpp"
#include "hebb/io/npz.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/rules/soft_hebb.hpp"

using namespace hebb;
namespace fs = std::filesystem;

// In place of your files: 200 pictures per class, of 8 x 8 pixels, and the same ones as an array of
// bytes, samples x height x width.
void make_files(const fs::path& folder) {
  constexpr Index side = 8, count = 200;
  Random random{.seed = 1};
  NpyArray array{{'u', 1}, {2 * count, side, side}, NpyOrder::last_fastest, {}};
  for (const std::string name : {"horizontal", "vertical"}) {
    fs::create_directories(folder / "train" / name);
    for (Index k = 0; k < count; ++k) {
      const Index phase = random.below(4);
      std::ofstream file(folder / "train" / name / (std::to_string(k) + ".pgm"));
      file << "P5 8 8 255\n";
      for (Index i = 0; i < side * side; ++i) {
        const Index across = name == "vertical" ? i % side : i / side;
        const float light = (across + phase) % 4 < 2 ? 190.0f : 65.0f;
        const float pixel = light + random.uniform(-60.0f, 60.0f);
        array.data.push_back(std::byte(pixel));
        file << char(array.data.back());
      }
    }
  }
  write_npz(folder / "train.npz", {{"images", array}});  // numpy.savez("train.npz", images=images)
}

int main() {
  const fs::path folder = fs::temp_directory_path() / "hebb_start_own_images";
  make_files(folder);

  // A folder: train/horizontal/0.pgm ... Pixels become columns with values in [0, 1].
  const LabelledFolders data = read_labelled_folders(folder / "train");
  const ImageSet& images = data.images;
  Matrix<float> pixels(images.rows(), images.size());
  to_columns(images, range(0, images.size()), pixels);

  // The same from NumPy, of any numeric type. Bytes are in [0, 255].
  std::vector<std::string> skipped;  // what is in the file and is no array of numbers
  const NpzArrays arrays = read_npz(folder / "train.npz", skipped);
  const Matrix<float> same = columns_from_npy<float>(arrays.at("images"), "images") / 255;

  const Matrix<float> x = 2 * pixels.array() - 1;  // around 0
  using Rule = SoftHebb<float>;
  Dense<Rule, Relu> layer(Rule{.parameters = {.eta = 0.03f, .temperature = 0.5f}},
                          {.pre = x.rows(), .post = 32});
  layer.initialize({.seed = 2});
  Batches batches({.samples = x.cols(), .batch = 20, .random = {.seed = 3}});
  for (int step = 0; step < 1000; ++step) {
    layer.forward(x(Eigen::all, batches.next()));
    layer.learn();
  }

  write_npz(folder / "weights.npz", {{"w", to_npy(Matrix<float>(layer.weights()))}});
  const auto readout = [&](const Matrix<float>& features) {
    return accuracy(
        LinearReadout<>{}.fit(features, images.labels, images.classes).predict(features),
        images.labels);
  };
  const double before = readout(x), after = readout(layer.forward(x));
  std::cout << "Classes " << data.names[0] << " and " << data.names[1]
            << "; accuracy of a readout of the pixels " << before << ", of the layer " << after
            << '\n';
  fs::remove_all(folder);
  return pixels.isApprox(same) && skipped.empty() && after > 0.95 && after > before ? 0 : 1;
}
