/// @file
/// A convolutional layer, pool(f(W * x + b)), that learns by a local rule from its own input and
/// response.
#pragma once

#include <cmath>
#include <utility>

#include "hebb/core/activation.hpp"
#include "hebb/core/concepts.hpp"
#include "hebb/core/initialization.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/core/random.hpp"
#include "hebb/layers/convolution/fast.hpp"
#include "hebb/layers/convolution/general.hpp"

namespace hebb {

/// The rule gets one response per channel and sample: the mean rate over places.
struct Pooled {};

/// The rule gets one response per channel, place and sample.
struct PerPlace {};

/// A convolutional layer with max pooling.
///
/// \f[ z_i^b = \frac{1}{P} \sum_p r_{ip}^b, \quad r_{ip} = \max_{q \in window(p)} f(a_{iq}), \quad
///     \Delta w_{ij} = \langle g(z_i^b) \, e_{ij}^b \rangle, \quad e_{ij}^b =
///     \frac{1}{P} \sum_p f'(a_{i\hat q}) \, x_j^b(\hat q) \f]
///
/// Here \f$\hat q\f$ is the winner of window p and \f$x(\hat q)\f$ the patch at the winner. The
/// eligibility of a channel is the mean presynaptic patch over its active winners, and the
/// postsynaptic factor g is one number per channel and sample. The change is computed as a sparse
/// sum of patches. PerPlace has one factor per place and no mean.
///
/// A rule with a `pre_factor` receives all patches of the input, synapses x (places of the map of
/// drives * samples), and its factor replaces the patches in the eligibility. Such a layer stores
/// that matrix and uses the general kernels.
///
/// | symbol    | code            | shape                                            | unit |
/// |-----------|-----------------|--------------------------------------------------|------|
/// | \f$x\f$   | `input`         | channels, width, height, samples                 | rate |
/// | \f$r\f$   | `output()`      | channels, pooled width, pooled height, samples   | rate |
/// | \f$z\f$   | `response()`    | channels x samples                               | rate |
/// | \f$w\f$   | `state.weights` | channels x (input channels * kernel^2 [+ 1 bias])| 1    |
///
/// A row of weights has the order channel, kernel x, kernel y, bias. Until `initialize`, the
/// weights are those of the rule's `init`. `forward(images)` borrows its input, which must not
/// change until `learn`. Throws InvalidParameter from the constructor, ShapeError and NonFinite on
/// bad input.
template <FactoredRule Rule_, ActivationFor<typename Rule_::Scalar> Activation = Relu,
          OneOf<Pooled, PerPlace> Learning = Pooled>
class Conv2d {
 public:
  using Rule = Rule_;
  using Scalar = typename Rule::Scalar;

  using Parameters = convolution::Geometry;

  Rule rule;
  typename Rule::State state;

  /// A layer of these sizes whose weights are those of the rule's `init`.
  Conv2d(Rule rule_, Parameters parameters)
      : rule(std::move(rule_)),
        state(rule.init({.pre = parameters.checked().synapses(), .post = parameters.channels})),
        parameters_(parameters) {}

  /// Weights and bias uniform in +- scale / sqrt(synapses without bias).
  void initialize(Random random, Scalar scale = 1) {
    require_finite_parameter("Conv2d", "scale", scale);
    state.weights =
        fan_in_uniform<Scalar>({.pre = state.weights.cols(), .post = state.weights.rows()},
                               parameters_.bias_column(), random.stream("weights"), scale);
  }

  /// The maps of rates for a batch of images, which must not change until `learn`.
  const Images<Scalar>& forward(const Images<Scalar>& input) {
    require<ShapeError>(input.shape() == parameters_.input, "Conv2d: input must be ",
                        parameters_.input.channels, " x ", parameters_.input.width, " x ",
                        parameters_.input.height, ", got ", input.shape().channels, " x ",
                        input.shape().width, " x ", input.shape().height);
    require_finite(input, "Conv2d: input");
    borrowed_ = &input;
    run(input);
    return output_;
  }

  /// The maps of rates for images in canonical order: (channels * width * height) x samples.
  const Images<Scalar>& forward(const View<Scalar>& canonical) {
    borrowed_ = nullptr;
    own_input_.assign(parameters_.input, canonical);
    run(own_input_);
    return output_;
  }

  /// Learns from its own response to the last input.
  void learn() {
    const Images<Scalar>& input = borrowed_ ? *borrowed_ : own_input_;
    require<ShapeError>(input.samples() == output_.samples() && input.samples() > 0,
                        "Conv2d: learn needs the samples of forward, it has ", input.samples(),
                        " of ", output_.samples());
    if constexpr (per_place) output_.matrix(rates_);
    const Index places = per_place ? parameters_.output().places() : 1;
    const View<Scalar> rate =
        per_place ? Eigen::Map<const Matrix<Scalar>>(rates_.data(), parameters_.channels,
                                                     places * output_.samples())
                  : Eigen::Map<const Matrix<Scalar>>(response_.data(), response_.rows(),
                                                     response_.cols());
    require_finite<Scalar>(rate, "Conv2d: the response");
    ones_.setOnes(rate.rows(), rate.cols());
    const Response<Scalar> post(rate, ones_, places);  // the eligibility contains f'
    if constexpr (transforms_pre) {
      general_.gather(parameters_, input, patches_);
      const auto& pre = rule.pre_factor(patches_, state);
      apply(general_, View<Scalar>(pre), post);
    } else {
      with_kernels([&](auto& kernels) { apply(kernels, input, post); });
    }
  }

  /// Forgets the current sequence: see the rule's forget.
  void forget() { rule.forget(state); }

  const Images<Scalar>& output() const { return output_; }
  const Matrix<Scalar>& response() const { return response_; }
  ImageShape output_shape() const { return parameters_.output(); }  ///< of the rates, after pooling
  const Parameters& parameters() const { return parameters_; }      ///< sizes, as given
  /// The weights without the bias.
  auto weights() const { return state.weights.leftCols(parameters_.bias_column()); }

  void each(auto&& visit) {
    visit("layer", label_of<"Conv2d", Activation, Learning>);
    state.each(visit);
  }

  /// Shares the scratch space of another layer, which must not run at the same time.
  template <typename Layer>
  requires requires(const Layer& layer) { layer.scratch(); }
  void share_scratch(const Layer& layer) { scratch_.share(layer.scratch()); }
  const convolution::SharedScratch& scratch() const { return scratch_; }  ///< for `share_scratch`

 private:
  static constexpr bool per_place = std::is_same_v<Learning, PerPlace>;
  static constexpr bool transforms_pre =
      requires(const Rule& r, const Matrix<Scalar>& pre, typename Rule::State& s) {
    r.pre_factor(pre, s);
  };
  static constexpr bool fast =
      std::is_same_v<Scalar, float> && std::is_same_v<Activation, Relu> && !transforms_pre;

  /// Applies the rule's change for the images, or for the rule's presynaptic factor, and the
  /// response.
  void apply(auto& kernels, const auto& pre, const Response<Scalar>& post) {
    const auto& factor = rule.post_factor(post, state);
    const auto change = [&](Index first, Index samples, Index batch) {
      const Scalar scale = Scalar(1) / Scalar(parameters_.output().places() * batch);
      return kernels.change(parameters_, pre, output_,
                            {factor.post, post.places, scale, first, samples}, *scratch_);
    };
    // A rule whose batch is divided into blocks asks for the change of each.
    if constexpr (requires { rule.apply_blocks(change, factor.decay, state); })
      if (rule.has_blocks()) return rule.apply_blocks(change, factor.decay, state);
    const Index samples = output_.samples();
    rule.apply(Change<Scalar>(change(0, samples, samples)), factor.decay, state);
  }

  void run(const Images<Scalar>& input) {
    require_shape<Scalar>(state.weights, parameters_.channels, parameters_.synapses(),
                          "Conv2d: weights");
    with_kernels([&](auto& kernels) {
      kernels.forward(parameters_, input, state.weights, output_, *scratch_);
    });
    average_over_places();
  }

  void with_kernels(const auto& visit) {
    if constexpr (fast)
      if (convolution::Fast<>::covers(parameters_)) return visit(fast_);
    visit(general_);
  }

  void average_over_places() {
    const Index places = output_.shape().places();
    response_.resize(parameters_.channels, output_.samples());
    parallel_for(
        output_.samples(),
        [&](Index sample) {
          response_.col(sample).setZero();
          for (Index block = 0; block < output_.blocks(); ++block) {
            const Eigen::Map<const Matrix<Scalar>> map = std::as_const(output_).map(sample, block);
            auto mean =
                response_.col(sample).segment(block * output_.depth(), output_.channels_in(block));
            for (Index place = 0; place < places; ++place) mean += map.col(place).head(mean.size());
          }
          response_.col(sample) /= Scalar(places);
        },
        pass_time(double(output_.samples()) * double(output_.image_size())));
  }

  Parameters parameters_;
  convolution::General<Scalar, Activation> general_;
  [[no_unique_address]] std::conditional_t<fast, convolution::Fast<>, None> fast_;
  convolution::SharedScratch scratch_;
  const Images<Scalar>* borrowed_ = nullptr;  // the last input, if it is not own_input_
  Images<Scalar> own_input_, output_;
  Matrix<Scalar> response_, rates_, ones_, patches_;
};

}  // namespace hebb
