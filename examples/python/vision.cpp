// The deep stack of lpl_vision, and a dense layer, with latent predictive learning and Adam.
#include <pybind11/stl.h>

#include "binding.hpp"
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/conv2d.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/network/stack.hpp"
#include "hebb/rules/lpl.hpp"

namespace binding {

using namespace hebb;

namespace {

using Rule = Lpl<float, Symmetric, Adam>;
using Block = Conv2d<Rule, Relu>;
using Blocks = Stack<Block, Block, Block, Block>;

constexpr auto rule_fields = [](auto& r) {
  auto& p = r.parameters;
  auto& o = r.optimizer;
  return Fields{{"eta", &p.eta},
                {"predictive", &p.predictive},
                {"hebbian", &p.hebbian},
                {"decorrelation", &p.decorrelation},
                {"epsilon", &p.epsilon},
                {"beta1", &o.beta1},
                {"beta2", &o.beta2},
                {"weight_decay", &o.weight_decay},
                {"warmup", &o.schedule.warmup},
                {"total", &o.schedule.total}};
};
using RuleBound = ConstantOf<Rule, decltype(rule_fields)>;

/// Four blocks of 3x3 convolution, ReLU and 2x2 max pooling, as in examples/lpl_vision.
struct VisionStack final : Stateful {
  ImageShape input;
  Blocks blocks;

  VisionStack(const Rule& rule, ImageShape input_, const std::array<Index, Blocks::depth>& channels)
      : input(input_), blocks(make(rule, input_, channels)) {}

  static Blocks make(const Rule& rule, ImageShape shape,
                     const std::array<Index, Blocks::depth>& channels) {
    const auto block = [&](std::size_t k) {
      Block made(rule, {.input = shape, .channels = channels[k], .pool = 2});
      shape = made.output_shape();
      return made;
    };
    // In this order: the input of a block is the output of the one before.
    Block first = block(0), second = block(1), third = block(2), fourth = block(3);
    return Blocks(std::move(first), std::move(second), std::move(third), std::move(fourth));
  }

  std::vector<NamedArray> arrays() override { return arrays_of(blocks); }

  /// Images N x height x width [x channels], whose memory is in the order that layers take.
  Samples<float> images(const py::array& given, const char* what) const {
    const py::tuple shape = given.attr("shape");
    const py::tuple grey = py::make_tuple(input.height, input.width),
                    colour = py::make_tuple(input.height, input.width, input.channels);
    const py::object own = shape[py::slice(1, py::ssize_t(shape.size()), 1)];
    require<ShapeError>(own.equal(colour) || (input.channels == 1 && own.equal(grey)), what,
                        " must be images x ", input.height, " x ", input.width, " x ",
                        input.channels, ", got the shape ", printed(shape));
    return {given.attr("reshape")(shape[0], input.size()), input.size(), what};
  }
};

struct DenseLayer final : Stateful {
  Dense<Rule, Relu> layer;

  DenseLayer(const Rule& rule, Shape shape) : layer(rule, shape) {}
  std::vector<NamedArray> arrays() override { return arrays_of(layer); }
};

void bind_stack(py::module_& m) {
  const auto make = [](const RuleBound& rule, Index height, Index width, Index channels_in,
                       const std::array<Index, Blocks::depth>& channels, double weight_scale,
                       std::uint64_t seed) {
    auto stack = std::make_unique<VisionStack>(
        rule.value, ImageShape{.channels = channels_in, .width = width, .height = height},
        channels);
    stack->blocks.initialize(Random{.seed = seed}, float(weight_scale));
    return stack;
  };
  const auto forward = [](VisionStack& self, const py::array& images) {
    const Samples<float> x = self.images(images, "images");
    return to_rows<float>(self.blocks.forward(View<float>(x.columns())));
  };
  const auto train = [](VisionStack& self, const py::array& view1, const py::array& view2) {
    const Samples<float> a = self.images(view1, "view1"), b = self.images(view2, "view2");
    require<ShapeError>(a.size() == b.size(), "view1 has ", a.size(), " images, view2 has ",
                        b.size());
    Matrix<float> views(self.input.size(), a.size() + b.size());
    views << a.columns(), b.columns();
    self.blocks.train(views);
  };
  const auto responses = [](VisionStack& self) {
    py::list result;
    self.blocks.for_each_layer(
        [&](auto& layer, std::size_t) { result.append(to_rows<float>(layer.response())); });
    return result;
  };
  const auto weights = [](const py::object& self, std::size_t layer) {
    return view(self, sentence("layer", layer, ".weights"));
  };
  py::class_<VisionStack, Stateful>(m, "VisionStack",
                                    "Four blocks of 3x3 convolution, ReLU and 2x2 max pooling.")
      .def(py::init(make), "rule"_a, py::kw_only(), "height"_a, "width"_a, "channels_in"_a = 1,
           "channels"_a = std::array<Index, 4>{16, 32, 64, 128}, "weight_scale"_a = 2.45,
           "seed"_a = 0)
      .def_property_readonly("step", [](VisionStack& self) { return self.blocks.step(); })
      .def("forward", forward, "images"_a, "The responses of the last block, images x channels.")
      .def("train", train, "view1"_a, "view2"_a,
           "One step of learning in every block from two views of the same objects.")
      .def("responses", responses,
           "The responses of all blocks to the last images: a list of images x channels.")
      .def("weights", weights, "layer"_a,
           "channels x (kernel y, kernel x, channel in, and a bias); a view.");
}

void bind_dense(py::module_& m) {
  const auto make = [](const RuleBound& rule, Index pre, Index post, double weight_scale,
                       std::uint64_t seed) {
    auto made = std::make_unique<DenseLayer>(rule.value, Shape{.pre = pre, .post = post});
    made->layer.initialize(Random{.seed = seed}, float(weight_scale));
    return made;
  };
  const auto forward = [](DenseLayer& self, const py::object& x) {
    const Samples<float> samples(x, self.layer.shape().pre, "x");
    return to_rows<float>(self.layer.forward(samples.columns()));
  };
  py::class_<DenseLayer, Stateful>(m, "Dense", "A dense layer, relu(W x + b).")
      .def(py::init(make), "rule"_a, py::kw_only(), "pre"_a, "post"_a, "weight_scale"_a = 2.45,
           "seed"_a = 0)
      .def("forward", forward, "x"_a, "The responses to x, samples x pre.")
      .def(
          "learn", [](DenseLayer& self) { self.layer.learn(); },
          "Learns from the last input: view 1 of the objects, then view 2.")
      .def_property_readonly(
          "weights", [](const py::object& self) { return view(self, "weights"); },
          "post x (pre, and a bias); a view.");
}

}  // namespace

void bind_vision(py::module_& m) {
  bind_constant<RuleBound>(m, "LplAdam", "Symmetric latent predictive learning with Adam.", Rule{});
  bind_stack(m);
  bind_dense(m);
}

}  // namespace binding
