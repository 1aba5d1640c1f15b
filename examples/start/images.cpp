// A stack on images: a convolution and a dense layer learn without labels, layer by layer.
//
// Latent predictive learning gets two views of each object: here a horizontal or a vertical bar at
// two random places. The orientation can be read out linearly from the last layer, but not from the
// pixels.
#include <iostream>

#include "hebb/analysis/linear_readout.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/core/random.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

using namespace hebb;

constexpr Index picture_side = 8, bar_length = 4;

// Bars at random places, one per column: horizontal if the label is 0, vertical if it is 1.
Matrix<float> bars(const std::vector<int>& labels, Random random) {
  Matrix<float> images =
      0.1f * random.normal<float>(picture_side * picture_side, Index(labels.size()));
  for (std::size_t c = 0; c < labels.size(); ++c) {
    const Index across = random.below(picture_side),
                along = random.below(picture_side - bar_length + 1);
    for (Index i = along; i < along + bar_length; ++i)
      images(labels[c] == 0 ? i + picture_side * across : across + picture_side * i, Index(c)) += 1;
  }
  return images;
}

std::vector<int> random_labels(std::size_t count, Random random) {
  std::vector<int> labels(count);
  for (int& label : labels) label = int(random.below(2));
  return labels;
}

int main() {
  using Rule = Lpl<float, Symmetric, Adam>;
  const Rule rule{.parameters = {.eta = 5e-3f, .decorrelation = 5}};
  Conv2d<Rule, Relu> convolution(
      rule, {.input = {.channels = 1, .width = picture_side, .height = picture_side},
             .channels = 8,
             .pool = 2});
  const Index features = convolution.output_shape().size();
  Stack network(std::move(convolution), Dense<Rule, Relu>(rule, {.pre = features, .post = 8}));
  const Random random{.seed = 1};
  network.initialize(random, 2.45f);

  for (std::uint64_t step = 0; step < 500; ++step) {
    const Random now = random.stream("learning").at(step);
    const std::vector<int> labels = random_labels(50, now.stream("labels"));
    Matrix<float> views(picture_side * picture_side,
                        100);  // [view 1 | view 2], the same objects in both
    views << bars(labels, now.stream("view 1")), bars(labels, now.stream("view 2"));
    network.train(views);
  }

  const auto accuracy_of = [&](const auto& features_of) {
    const std::vector<int> train = random_labels(500, random.stream("train labels")),
                           test = random_labels(500, random.stream("test labels"));
    const auto classifier =
        LinearReadout<>{}.fit(features_of(bars(train, random.stream("train"))), train, 2);
    return accuracy(classifier.predict(features_of(bars(test, random.stream("test")))), test);
  };
  const double pixels = accuracy_of([](const Matrix<float>& x) { return x; });
  const double learned = accuracy_of([&](const Matrix<float>& x) { return network.forward(x); });
  std::cout << "Accuracy of a linear readout: pixels " << pixels << ", last layer " << learned
            << '\n';
  return learned > 0.9 && learned > pixels ? 0 : 1;
}
