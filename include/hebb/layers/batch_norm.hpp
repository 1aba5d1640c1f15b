/// @file
/// Batch normalisation of images without gain and shift.
#pragma once

#include <cmath>
#include <vector>

#include "hebb/core/batch.hpp"
#include "hebb/core/label.hpp"
#include "hebb/core/parameter.hpp"
#include "hebb/layers/images.hpp"

namespace hebb {

/// Gives every channel mean 0 and variance 1.
///
/// \f[ y = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \f]
///
/// `train` takes the mean and the biased variance of the batch, over samples and places, and moves
/// the running averages: \f$\mu \leftarrow (1 - m) \mu + m \mu_{batch}\f$, and the same for the
/// unbiased variance. `forward` takes the running averages and changes nothing.
///
/// | symbol           | code                  | shape                            | unit   |
/// |------------------|-----------------------|----------------------------------|--------|
/// | \f$x\f$          | `input`               | channels, width, height, samples | rate   |
/// | \f$\mu\f$        | `mean`                | channels                         | rate   |
/// | \f$\sigma^2\f$   | `variance`            | channels                         | rate^2 |
/// | \f$m\f$          | `parameters.momentum` | scalar                           | 1      |
/// | \f$\epsilon\f$   | `parameters.epsilon`  | scalar                           | rate^2 |
///
/// Throws InvalidParameter when a parameter or a variance is out of range; ShapeError for images of
/// other channels, or for a batch to train on with fewer than two numbers per channel; NonFinite;
/// Divergence when the squares of a batch overflow. The averages are as they were then. Same bits
/// for any number of threads. The variance is the mean square less the square of the mean, summed
/// in double: its relative error is some 1e-16 times (mean / deviation)^2.
///
/// S. Ioffe & C. Szegedy, ICML 2015, without their equation 4's gain and shift.
template <std::floating_point Scalar_ = float>
class BatchNorm {
 public:
  using Scalar = Scalar_;

  struct Parameters {
    double momentum = 0.1;  ///< share of the batch in the running averages; in [0, 1]
    double epsilon = 1e-5;  ///< > 0

    /// Throws InvalidParameter for a value out of range.
    void check() const {
      require(momentum >= 0 && momentum <= 1, "BatchNorm: momentum must be in [0, 1], got ",
              momentum);
      require_positive("BatchNorm", "epsilon", epsilon);
    }
  };

  Parameters parameters;
  Vector<Wide<Scalar>> mean, variance;  ///< running averages; 0 and 1 before the first batch

  /// Starts at mean 0 and variance 1.
  explicit BatchNorm(Index channels, Parameters given = {})
      : parameters(given),
        mean(Vector<Wide<Scalar>>::Zero(channels)),
        variance(Vector<Wide<Scalar>>::Ones(channels)) {
    require(channels > 0, "BatchNorm: channels must be > 0, got ", channels);
    given.check();
  }

  /// Normalises a batch by its own statistics and moves the running averages. `batch` is of the
  /// columns places * samples.
  template <BatchShare Batch = WholeBatch>
  const Images<Scalar>& train(const Images<Scalar>& input, const Batch& batch = {}) {
    check(input);
    const double count = double(batch.columns(input.shape().places() * input.samples()));
    require<ShapeError>(count > 1, "BatchNorm: a batch to train on needs two numbers per channel");
    measure(input, batch);
    require_finite<Wide<Scalar>, Divergence>(sums_, "BatchNorm: the sums of the batch");
    const Vector<Wide<Scalar>> batch_mean = sums_.head(mean.size()) / count;
    const Vector<Wide<Scalar>> biased = (sums_.tail(mean.size()) / count - batch_mean.cwiseAbs2())
                                            .cwiseMax(0);  // rounding may go below 0
    const double m = parameters.momentum;
    mean = (1 - m) * mean + m * batch_mean;
    variance = (1 - m) * variance + m * count / (count - 1) * biased;
    return normalize(input, batch_mean, biased);
  }

  /// Normalises by the running averages.
  const Images<Scalar>& forward(const Images<Scalar>& input) {
    check(input);
    return normalize(input, mean, variance);
  }

  const Images<Scalar>& output() const { return output_; }

  void each(auto&& visit) {
    visit("layer", label_of<"BatchNorm">);
    visit("mean", mean);
    visit("variance", variance);
  }

 private:
  void check(const Images<Scalar>& input) const {
    parameters.check();
    require_shape<Wide<Scalar>>(variance, mean.size(), 1, "BatchNorm: variance");
    require_finite<Wide<Scalar>>(mean, "BatchNorm: mean");
    require_finite<Wide<Scalar>>(variance, "BatchNorm: variance");
    require((variance.array() >= 0).all(), "BatchNorm: a variance must be >= 0, got ",
            variance.minCoeff());
    require<ShapeError>(input.shape().channels == mean.size(), "BatchNorm: input must have ",
                        mean.size(), " channels, got ", input.shape().channels);
    require_finite(input, "BatchNorm: input");
  }

  /// Calls visit(map, first channel, channels) for every block of channels of a sample; the map is
  /// depth x places.
  static void for_each_map(const Images<Scalar>& images, Index sample, const auto& visit) {
    for (Index block = 0; block < images.blocks(); ++block)
      visit(images.map(sample, block), block * images.depth(), images.channels_in(block), block);
  }

  /// Sums over the batch of every channel and of its squares; the parts of the samples are added in
  /// their order.
  void measure(const Images<Scalar>& input, const BatchShare auto& batch) {
    const Index channels = mean.size();
    parts_.resize(2 * channels, input.samples());
    parallel_for(
        input.samples(),
        [&](Index sample) {
          for_each_map(input, sample, [&](const auto& map, Index first, Index count, Index) {
            auto sum = parts_.col(sample).segment(first, count);
            auto squares = parts_.col(sample).segment(channels + first, count);
            sum.setZero();
            squares.setZero();
            for (Index place = 0; place < map.cols(); ++place) {
              const auto x = map.col(place).head(count).template cast<Wide<Scalar>>();
              sum += x;
              squares += x.cwiseAbs2();
            }
          });
        },
        pass_time(double(input.samples()) * double(input.image_size())));
    const Index places = input.shape().places();
    batch.sum(places * input.samples(), sums_, [&](Index begin, Index count, auto& to) {
      to.setZero(2 * channels, 1);
      for (Index sample = begin / places; sample < (begin + count) / places; ++sample)
        to += parts_.col(sample);
    });
  }

  const Images<Scalar>& normalize(const Images<Scalar>& input, const Vector<Wide<Scalar>>& centre,
                                  const Vector<Wide<Scalar>>& spread) {
    const Vector<Scalar> shift = centre.template cast<Scalar>();
    const Vector<Scalar> scale =
        (spread.array() + parameters.epsilon).rsqrt().matrix().template cast<Scalar>();
    output_.resize(input.shape(), input.samples());
    parallel_for(
        input.samples(),
        [&](Index sample) {
          for_each_map(input, sample, [&](const auto& map, Index first, Index count, Index block) {
            Eigen::Map<Matrix<Scalar>> to = output_.map(sample, block);
            for (Index place = 0; place < map.cols(); ++place)
              to.col(place).head(count) = (map.col(place).head(count) - shift.segment(first, count))
                                              .cwiseProduct(scale.segment(first, count));
          });
        },
        pass_time(double(input.samples()) * double(input.image_size())));
    return output_;
  }

  Matrix<Wide<Scalar>> parts_;
  Vector<Wide<Scalar>> sums_;
  Images<Scalar> output_;
};

}  // namespace hebb
