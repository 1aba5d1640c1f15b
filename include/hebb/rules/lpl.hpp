/// @file
/// Latent Predictive Learning: each neuron predicts its own next activity, keeps up its variance,
/// and decorrelates from the other neurons.
#pragma once

#include "hebb/core/factored.hpp"
#include "hebb/core/kernels/decorrelation.hpp"
#include "hebb/core/kernels/moments.hpp"
#include "hebb/core/optimizer/plain.hpp"

namespace hebb {

/// Columns are one view of a batch, at one time. The response of the previous call, to the same
/// columns, is the past: a constant to be predicted.
struct Causal {
  static constexpr std::string_view name = "Causal";
  static constexpr Index views = 1;  ///< views in the columns of a call
};

/// Columns are [view 1 | view 2]: both learn to predict each other, and the Hebbian and
/// decorrelation terms count half per view. This is what the published deep networks ran.
struct Symmetric {
  static constexpr std::string_view name = "Symmetric";
  static constexpr Index views = 2;  ///< views in the columns of a call
};

/// Mean and variance of the current batch.
struct BatchStatistics {
  static constexpr std::string_view name = "BatchStatistics";
};

/// Mean and variance of the previous batch that had more than one sample; of the current one until
/// there is such a batch.
struct PreviousBatchStatistics {
  static constexpr std::string_view name = "PreviousBatchStatistics";
};

/// Running averages of mean and variance, for learning from single samples.
struct RunningStatistics {
  static constexpr std::string_view name = "RunningStatistics";
  double tau =
      100;  ///< time constant, in updates; >= 1; infinite: the averages stay as they are set
};

/// Latent Predictive Learning, for rates.
///
/// Per view of B samples, the update descends the sum of three losses over the M neurons:
///
/// \f[ L_{pred} = \frac{1}{MB} \sum_{b,i} (z_i^b - z'^b_i)^2, \quad
///     L_{Hebb} = -\frac{1}{M} \sum_i \log(\sigma_i^2 + \epsilon), \quad
///     L_{dec} = \frac{1}{M^2-M} \sum_{i} \sum_{k \ne i} C_{ik}^2 \f]
///
/// with \f$\sigma^2\f$ and \f$C\f$ the unbiased variance and covariance over the batch. In closed
/// form, with \f$h = 1\f$ for Causal and \f$1/2\f$ for Symmetric,
///
/// \f[ e_i^b = \frac{2 c_p}{MB} (z_i^b - z'^b_i) - \frac{2 h c_h}{M(B-1)} \frac{z_i^b - \bar
/// z_i}{\sigma_i^2 + \epsilon}
///           + \frac{4 h c_d}{(B-1)(M^2-M)} \sum_{k \ne i} C_{ik} (z_k^b - \bar z_k), \qquad
///     \Delta w_{ij} = -\eta \sum_b e_i^b f'(a_i^b) x_j^b \f]
///
/// Learned per place (`post.places` > 1), the first two losses take their statistics per neuron and
/// place over samples, the third per neuron over places and samples.
///
/// | symbol             | code                       | shape          | unit       |
/// |--------------------|----------------------------|----------------|------------|
/// | \f$x\f$            | `pre`                      | pre x columns  | rate       |
/// | \f$z\f$            | `post.rate`                | post x columns | rate       |
/// | \f$f'(a)\f$        | `post.gain`                | post x columns | rate/drive |
/// | \f$z'\f$           | `state.previous` (Causal)  | post x columns | rate       |
/// | \f$w\f$            | `state.weights`            | post x pre     | 1          |
/// | \f$c_p, c_h, c_d\f$| `parameters.predictive`, `.hebbian`, `.decorrelation` | scalars | 1 |
/// | \f$\eta\f$         | `parameters.eta`           | scalar         | per update |
///
/// Cost: 2 post * columns * (pre + min(post, columns)) flops. A linear unit settles where its
/// variance is c_h / (c_p (1 - rho)) of the slowest direction, half of that for Symmetric. A neuron
/// with zero gain in all columns gets no update and cannot recover. A single sample has no
/// variance: the second term is then silent without statistics from before, and the third without
/// several places. Throws InvalidParameter from init; ShapeError when Symmetric gets an odd number
/// of samples, Causal a batch of another size than the one before without `forget`, or remembered
/// statistics another number of places; Divergence when a variance overflows.
///
/// M. S. Halvagal & F. Zenke, Nat. Neurosci. 26:1906-1915 (2023), eqs. 6-7. Eq. 6 is printed wrong:
/// its decorrelation loss has products of squared deviations where the authors' erratum (2025) and
/// code have the squared covariance.
template <std::floating_point Scalar_ = float, OneOf<Causal, Symmetric> Pairing = Causal,
          OptimizerFor<Scalar_> Optimizer = Plain,
          OneOf<BatchStatistics, PreviousBatchStatistics, RunningStatistics> Statistics =
              BatchStatistics>
struct Lpl {
  using Scalar = Scalar_;
  static constexpr std::string_view name = "Lpl";
  static constexpr Index views = Pairing::views;  ///< of a sample, in the columns of a batch
  using Breaks = std::conditional_t<
      views == 2, Exceptions<law::Permutation, law::Repetition, law::Additivity, law::Locality>,
      Exceptions<law::Repetition, law::Additivity, law::Locality>>;

  struct Parameters {
    Scalar eta = Scalar(1e-3);      ///< learning rate, per update; > 0
    Scalar predictive = 1;          ///< c_p >= 0
    Scalar hebbian = 1;             ///< c_h >= 0
    Scalar decorrelation = 10;      ///< c_d >= 0
    Scalar epsilon = Scalar(1e-4);  ///< floor of the variance, > 0
  };

  /// The three losses, each without its coefficient, averaged over views.
  struct Loss {
    double predictive = 0;     ///< L_pred, of the equations
    double hebbian = 0;        ///< L_Hebb, of the equations
    double decorrelation = 0;  ///< L_dec, of the equations
  };

  struct State {
    Matrix<Scalar> weights;                                ///< per synapse
    typename Optimizer::template State<Scalar> optimizer;  ///< per synapse
    Moments<Scalar> moments = {};  ///< per neuron and place: running or previous statistics
    Matrix<Scalar> previous = {};  ///< per sequence: the response one step ago (Causal)
    Factor<Scalar> factor = {};    // scratch space; not saved in checkpoints
    Moments<Scalar> batch = {};    ///< of each view; scratch space, as the next
    Decorrelation<Scalar> decorrelation = {};  ///< scratch space

    void each(auto&& visit) {
      visit("rule", label_of<"Lpl", Pairing, Statistics>);
      visit("weights", weights);
      visit("mean", moments.mean);
      visit("variance", moments.variance);
      visit("previous", previous);
      optimizer.each(visit);
    }
  };

  Parameters parameters = {};
  Optimizer optimizer = {};
  Statistics statistics = {};  ///< where mean and variance come from

  State init(Shape shape) const {
    require_positive(name, "eta", parameters.eta);
    require_at_least(name, "predictive", parameters.predictive, 0);
    require_at_least(name, "hebbian", parameters.hebbian, 0);
    require_at_least(name, "decorrelation", parameters.decorrelation, 0);
    require_positive(name, "epsilon", parameters.epsilon);
    if constexpr (running)
      require(statistics.tau >= 1, name, ": tau must be >= 1, got ", statistics.tau);
    const Matrix<Scalar> none(shape.post, 0);  // the first response sets the number of columns
    return {Matrix<Scalar>::Zero(shape.post, shape.pre),
            optimizer.template init<Scalar>(shape),
            {none, none},
            none};
  }

  /// Minus the error of every neuron in every column, times its gain and the number of columns.
  template <BatchShare Batch = WholeBatch>
  const Factor<Scalar>& post_factor(const Response<Scalar>& post, State& state,
                                    const Batch& batch = {}) const {
    const Layout layout = layout_of(post),
                 whole(batch.columns(post.cols()), views, post.places, name);
    Matrix<Scalar>& error = state.factor.post;
    if constexpr (running || previous_batch)
      require_remembered(state.moments, post.rows(), layout.places);
    error.setZero(post.rows(), post.cols());
    add_predictive(post, layout, whole, state.previous, error);
    state.batch.measure(post.rate, layout, variance_name, whole.samples, batch);
    if constexpr (running)
      state.moments.advance(post.rate, layout, statistics.tau, whole.samples, batch);
    const bool remembered = running || (previous_batch && state.moments.mean.size() > 0);
    if (remembered || whole.samples > 1)
      add_hebbian(post, layout, whole, remembered ? state.moments : state.batch, error);
    if (post.rows() > 1 && whole.columns > 1)
      add_decorrelation(post, layout, whole, state, error, batch);
    if constexpr (previous_batch)
      if (whole.samples > 1) remember_batch(state);
    if constexpr (views == 1) state.previous = post.rate;
    error.array() *= Scalar(-batch.columns(post.cols())) * post.gain.array();
    return state.factor;
  }

  void apply(const Change<Scalar>& change, None, State& state) const {
    apply_change(*this, change, None{}, state);
  }

  /// One step of learning from a batch of columns.
  void update(const View<Scalar>& pre, const Response<Scalar>& post, State& state) const {
    factored_update(*this, pre, post, state);
  }

  /// The losses of a response with its batch statistics; for Causal against `previous`, if there is
  /// one.
  Loss loss(const Response<Scalar>& post, const View<Scalar>& previous = Matrix<Scalar>()) const {
    const Layout n = layout_of(post);
    if (previous.size() > 0)
      require_shape<Scalar>(previous, post.rows(), post.cols(), "Lpl: the previous response");
    const double neurons = double(post.rows());
    Loss result;
    if constexpr (views == 2)
      result.predictive =
          double((post.rate.leftCols(n.columns) - post.rate.rightCols(n.columns)).squaredNorm());
    else if (previous.size() > 0)
      result.predictive = double((post.rate - previous).squaredNorm());
    result.predictive /= neurons * double(n.columns);
    if (n.columns < 2) return result;
    Moments<Scalar> moments;
    moments.measure(post.rate, n, variance_name, n.samples, WholeBatch{});
    if (n.samples > 1)
      result.hebbian = -double((moments.variance.array() + parameters.epsilon).log().mean());
    for (Index view = 0; view < views && post.rows() > 1; ++view) {
      const Vector<Scalar> mean =
          moments.mean.middleCols(view * n.places, n.places).rowwise().mean();
      const Matrix<Scalar> centred =
          post.rate.middleCols(view * n.columns, n.columns).colwise() - mean;
      Matrix<Scalar> covariance = centred * centred.transpose() / Scalar(n.columns - 1);
      covariance.diagonal().setZero();
      result.decorrelation += double(covariance.squaredNorm()) / (neurons * (neurons - 1) * views);
    }
    return result;
  }

  /// Forgets the previous response: the next one begins a sequence.
  void forget(State& state) const { state.previous.resize(state.weights.rows(), 0); }

 private:
  static constexpr bool running = std::is_same_v<Statistics, RunningStatistics>;
  static constexpr bool previous_batch = std::is_same_v<Statistics, PreviousBatchStatistics>;
  static constexpr Scalar per_view = Scalar(1) / Scalar(views);  // h
  static constexpr const char* variance_name = "Lpl: the variance of a batch (neurons x places)";
  using Layout = ColumnLayout;  // of the columns here, and of the whole batch

  static Layout layout_of(const Response<Scalar>& post) {
    require_shape<Scalar>(post.gain, post.rows(), post.cols(), "Lpl: gain");
    return {post.cols(), views, post.places, name};
  }

  /// The remembered statistics belong to one number of places.
  static void require_remembered(const Moments<Scalar>& moments, Index neurons, Index places) {
    if (moments.mean.size() == 0 && moments.variance.size() == 0) return;
    require_shape<Scalar>(moments.mean, neurons, places,
                          "Lpl: the remembered mean (neurons x places)");
    require_shape<Scalar>(moments.variance, neurons, places,
                          "Lpl: the remembered variance (neurons x places)");
  }

  void add_predictive(const Response<Scalar>& post, const Layout& n, const Layout& whole,
                      const Matrix<Scalar>& previous, Matrix<Scalar>& error) const {
    const Scalar scale = 2 * parameters.predictive / (Scalar(post.rows()) * Scalar(whole.columns));
    if constexpr (views == 2) {
      error.leftCols(n.columns) =
          scale * (post.rate.leftCols(n.columns) - post.rate.rightCols(n.columns));
      error.rightCols(n.columns) = -error.leftCols(n.columns);
    } else if (previous.size() > 0) {
      require<ShapeError>(previous.rows() == post.rows() && previous.cols() == post.cols(),
                          "Lpl: the previous response was ", previous.rows(), " x ",
                          previous.cols(), ", this one is ", post.rows(), " x ", post.cols(),
                          "; call forget where a sequence ends");
      error = scale * (post.rate - previous);
    }
  }

  void add_hebbian(const Response<Scalar>& post, const Layout& n, const Layout& whole,
                   const Moments<Scalar>& moments, Matrix<Scalar>& error) const {
    const Scalar samples = Scalar(running ? whole.samples : std::max<Index>(1, whole.samples - 1));
    const Scalar scale =
        2 * per_view * parameters.hebbian / (Scalar(post.rows() * n.places) * samples);
    for (Index column = 0; column < views * n.columns; ++column) {
      // Remembered moments are averages over views.
      const Index place = (column / n.columns * n.places + column % n.places) % moments.mean.cols();
      error.col(column).array() -= scale *
                                   (post.rate.col(column) - moments.mean.col(place)).array() /
                                   (moments.variance.col(place).array() + parameters.epsilon);
    }
  }

  void add_decorrelation(const Response<Scalar>& post, const Layout& n, const Layout& whole,
                         State& state, Matrix<Scalar>& error, const BatchShare auto& batch) const {
    if (parameters.decorrelation == 0) return;
    const Scalar neurons = Scalar(post.rows()), freedom = Scalar(whole.columns - 1);
    const Scalar scale =
        4 * per_view * parameters.decorrelation / (freedom * freedom * neurons * (neurons - 1));
    state.decorrelation.add(post.rate, n, state.batch.mean, scale, error, batch);
  }

  static void remember_batch(State& state) {
    const auto average = [](const Matrix<Scalar>& all, Matrix<Scalar>& result) {
      const Index places = all.cols() / views;
      result = all.leftCols(places);
      if constexpr (views == 2) result = result / 2 + all.rightCols(places) / 2;  // no overflow
    };
    average(state.batch.mean, state.moments.mean);
    average(state.batch.variance, state.moments.variance);
  }
};

static_assert(FactoredRule<Lpl<float>>);

}  // namespace hebb
