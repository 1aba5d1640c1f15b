/// @file
/// A convolutional layer whose rule receives the drive at every place, before activation and
/// pooling: the layer of deep SoftHebb.
#pragma once

#include <cmath>
#include <type_traits>
#include <utility>

#include "hebb/core/concepts.hpp"
#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/products.hpp"
#include "hebb/core/label.hpp"
#include "hebb/core/random.hpp"
#include "hebb/layers/convolution/drives.hpp"
#include "hebb/layers/patches.hpp"
#include "hebb/layers/pooling.hpp"
#include "hebb/layers/triangle.hpp"

namespace hebb {

/// A convolution without bias, an activation over the channels of a place, and pooling.
///
/// \f[ u_{p} = W x_p, \quad z_p = \mathrm{Triangle}(u_p), \quad r = \mathrm{pool}(z) \f]
///
/// `learn` gives the rule the drives u of all places and samples as columns, and applies the mean
/// of its factor times the patches x. In float, 3 x 3 kernels with stride 1 and padding 1 on maps
/// of many channels use Winograd's scheme for both: four times fewer multiplications. Drives then
/// have rounding errors of about 1e-5 of their rms. All others, rules with a `pre_factor` and all
/// of double form the patches and multiply them directly.
///
/// | symbol    | code            | shape                                   | unit |
/// |-----------|-----------------|-----------------------------------------|------|
/// | \f$x\f$   | none            | patches of the input, synapses x (places * samples) | rate |
/// | \f$u\f$   | `drive()`       | channels x (places * samples)           | rate |
/// | \f$r\f$   | `output()`      | channels, width, height, samples        | rate |
/// | \f$w\f$   | `state.weights` | channels x (input channels * kernel^2)  | 1    |
///
/// A row of weights has the order channel, kernel x, kernel y; places have the order x, y, sample.
/// Until `initialize`, the weights are those of the rule's `init`. Cost: 2 channels * synapses *
/// places * samples flops forward, and the same again to learn; a quarter by Winograd's scheme.
/// Throws InvalidParameter from the constructor, ShapeError and NonFinite on bad input, InvalidCall
/// for `learn` without `forward`. Same bits for any number of threads.
template <FactoredRule Rule_>
class DriveConv2d {
 public:
  using Rule = Rule_;
  using Scalar = typename Rule::Scalar;

  struct Parameters {
    Patches patches = {};      ///< sizes of the input and the kernels
    Index channels = 0;        ///< of the output
    Triangle activation = {};  ///< over the channels of a place
    Pooling pooling = {};      ///< of the rates of the activation

    /// Throws InvalidParameter, naming the field, for sizes that make no layer; returns itself.
    const Parameters& checked() const {
      patches.checked();
      require(channels > 0, "DriveConv2d: channels must be > 0, got ", channels);
      activation.check();
      pooling.check(patches.map(channels));
      return *this;
    }
  };

  Rule rule;
  typename Rule::State state;

  /// A layer of these sizes whose weights are those of the rule's `init`.
  DriveConv2d(Rule rule_, Parameters parameters)
      : rule(std::move(rule_)),
        state(rule.init({.pre = parameters.checked().patches.size(), .post = parameters.channels})),
        parameters_(parameters) {}

  /// Normal weights whose rows have a root mean square length of `norm`.
  void initialize(Random random, double norm = 1) {
    require_positive("DriveConv2d", "norm", norm);
    const Index synapses = state.weights.cols();
    state.weights =
        random.stream("weights").template normal<Scalar>(parameters_.channels, synapses);
    state.weights *= Scalar(norm / std::sqrt(double(synapses)));
  }

  /// The maps of rates for a batch of images.
  const Images<Scalar>& forward(const Images<Scalar>& input) {
    const ImageShape shape = parameters_.patches.input;
    require<ShapeError>(input.shape() == shape, "DriveConv2d: input must be ", shape.channels,
                        " x ", shape.width, " x ", shape.height, ", got ", input.shape().channels,
                        " x ", input.shape().width, " x ", input.shape().height);
    require_shape<Scalar>(state.weights, parameters_.channels, parameters_.patches.size(),
                          "DriveConv2d: weights");
    require_finite(input, "DriveConv2d: input");
    find_drive(input);
    rates_.resize(drive_.rows(), drive_.cols());
    for_each_block(
        drive_.cols(), 64,
        [&](Index begin, Index count) {
          for (Index i = begin; i < begin + count; ++i)
            parameters_.activation.template respond<Scalar>(drive_.col(i), rates_.col(i).array());
        },
        pass_time(4 * double(drive_.size())));
    pool(parameters_.pooling, map(), rates_, output_);
    return output_;
  }

  /// Learns from the drives of the last batch.
  void learn() {
    require<InvalidCall>(drive_.cols() > 0, "DriveConv2d: learn needs forward");
    if constexpr (fast)
      if (convolution::Drives<>::covers(parameters_.patches)) {
        require_made_by_init(state.weights, drive_.rows(), name_of<Rule>);
        require_finite<Scalar>(drive_, "post");
        const auto& factor = rule.post_factor(drive_, state);
        const auto change = kernels_.mean_product(parameters_.patches, factor.post);
        return rule.apply(Change<Scalar>(change), factor.decay, state);
      }
    rule.update(patches_, drive_, state);
  }

  const Images<Scalar>& output() const { return output_; }
  const Matrix<Scalar>& drive() const { return drive_; }
  /// Of the drives, before pooling.
  ImageShape map() const { return parameters_.patches.map(parameters_.channels); }
  ImageShape output_shape() const { return parameters_.pooling.output(map()); }  ///< after pooling
  const Parameters& parameters() const { return parameters_; }  ///< sizes, as given

  void each(auto&& visit) {
    visit("layer", label_of<"DriveConv2d", Triangle>);
    state.each(visit);
  }

 private:
  /// Whether the rule's factor can be found without the patches.
  static constexpr bool fast =
      std::is_same_v<Scalar, float> &&
      requires(const Rule& r, const View<Scalar>& drive, typename Rule::State& s) {
    r.post_factor(drive, s);
    requires !requires { r.pre_factor(drive, s); };
  };

  void find_drive(const Images<Scalar>& input) {
    if constexpr (fast)
      if (convolution::Drives<>::covers(parameters_.patches))
        return kernels_.forward(parameters_.patches, input, state.weights, drive_);
    parameters_.patches.gather(input, patches_);
    multiply<Scalar>(state.weights, patches_, drive_);
  }

  Parameters parameters_;
  [[no_unique_address]] std::conditional_t<fast, convolution::Drives<>, None> kernels_;
  Matrix<Scalar> patches_, drive_, rates_;
  Images<Scalar> output_;
};

}  // namespace hebb
