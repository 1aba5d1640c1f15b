/// @file
/// Oracle of Latent Predictive Learning for rates.
///
/// Columns are views x samples x places, place fastest. With M neurons, P places, B samples per
/// view:
///
///   e_i = c_p 2/(M P B) (z_i - z'_i)  -  h c_h 2/(M P (B - 1)) (z_i - m_ip) / (s_ip + epsilon)
///         +  h c_d 4/((P B - 1) (M^2 - M)) sum over k != i of C_ik (z_k - zbar_k)
///
/// with m, s per neuron and place over the samples of a view, C and zbar per neuron over samples
/// and places, h = 1 / views, and z' the other view, or the previous response of a single view. The
/// update is d_ij = - sum over columns of e_i f'_i x_j.
#pragma once

#include "tests/oracle/support.hpp"

namespace oracle {

struct Lpl {
  enum class Statistics { batch, previous, running };

  Count views = 1, places = 1;
  Statistics statistics = Statistics::batch;
  double predictive = 1, hebbian = 1, decorrelation = 10, epsilon = 1e-4;
  double tau = 100;                             ///< of running statistics, in updates
  Table previous = {};                          ///< the response before, of a single view
  Table remembered_mean = {}, remembered = {};  ///< mean and variance per neuron and place

  Count columns(const Table& z) const { return z.cols / views; }
  Count samples(const Table& z) const { return columns(z) / places; }

  /// The mean over the samples of a view, of one neuron at one place.
  double mean(const Table& z, Count view, Count i, Count place) const {
    return sum(samples(z), [&](Count b) { return z(i, at(z, view, b, place)); }) /
           double(samples(z));
  }
  /// The unbiased variance.
  double variance(const Table& z, Count view, Count i, Count place) const {
    const double m = mean(z, view, i, place);
    return sum(samples(z),
               [&](Count b) {
                 const double gap = z(i, at(z, view, b, place)) - m;
                 return gap * gap;
               }) /
           double(samples(z) - 1);
  }
  /// The unbiased covariance over samples and places of a view.
  double covariance(const Table& z, Count view, Count i, Count k) const {
    const double a = grand_mean(z, view, i), b = grand_mean(z, view, k);
    return sum(columns(z),
               [&](Count n) {
                 const Count column = view * columns(z) + n;
                 return (z(i, column) - a) * (z(k, column) - b);
               }) /
           double(columns(z) - 1);
  }

  /// The errors e of a response, and what is remembered of it.
  Table errors(const Table& z) {
    const double m = double(z.rows), p = double(places), b = double(samples(z)),
                 h = 1 / double(views);
    const double all = p * b;
    if (statistics == Statistics::running) advance_averages(z);
    Table e(z.rows, z.cols);
    for (Count view = 0; view < views; ++view)
      for (Count i = 0; i < z.rows; ++i) {
        for (Count n = 0; n < columns(z); ++n) {
          const Count column = view * columns(z) + n;
          if (views == 2)
            e(i, column) +=
                predictive * 2 / (m * all) * (z(i, column) - z(i, (1 - view) * columns(z) + n));
          else if (!previous.empty())
            e(i, column) += predictive * 2 / (m * all) * (z(i, column) - previous(i, column));
        }
        const bool from_memory = statistics != Statistics::batch && !remembered.empty();
        for (Count place = 0; place < places && (from_memory || b > 1); ++place) {
          const double centre = from_memory ? remembered_mean(i, place) : mean(z, view, i, place);
          const double spread = from_memory ? remembered(i, place) : variance(z, view, i, place);
          const double freedom = statistics == Statistics::running ? b : std::fmax(1, b - 1);
          for (Count s = 0; s < samples(z); ++s) {
            const Count column = at(z, view, s, place);
            e(i, column) -=
                h * hebbian * 2 / (m * p * freedom) * (z(i, column) - centre) / (spread + epsilon);
          }
        }
        for (Count k = 0; k < z.rows && all > 1; ++k) {
          if (k == i) continue;
          const double c_ik = covariance(z, view, i, k), centre = grand_mean(z, view, k);
          for (Count n = 0; n < columns(z); ++n) {
            const Count column = view * columns(z) + n;
            e(i, column) +=
                h * decorrelation * 4 / ((all - 1) * (m * m - m)) * c_ik * (z(k, column) - centre);
          }
        }
      }
    if (statistics == Statistics::previous && b > 1) {
      remembered_mean = average_over_views(
          z, [&](Count view, Count i, Count place) { return mean(z, view, i, place); });
      remembered = average_over_views(
          z, [&](Count view, Count i, Count place) { return variance(z, view, i, place); });
    }
    if (views == 1) previous = z;
    return e;
  }

  /// d = - sum over columns of e f' x.
  Table step(const Table& x, const Table& z, const Table& gain) {
    const Table e = errors(z);
    return tabulate(z.rows, x.rows, [&](Count i, Count j) {
      return -sum(z.cols, [&](Count c) { return e(i, c) * gain(i, c) * x(j, c); });
    });
  }

  struct Loss {
    double predictive = 0, hebbian = 0, decorrelation = 0;
  };

  /// The three losses, averaged over views, without their coefficients; `other` is z', where there
  /// is one.
  Loss loss(const Table& z, const Table& other) const {
    const double m = double(z.rows);
    Loss l;
    if (!other.empty() || views == 2)
      for (Count i = 0; i < z.rows; ++i)
        for (Count n = 0; n < columns(z); ++n) {
          const double gap = z(i, n) - (views == 2 ? z(i, columns(z) + n) : other(i, n));
          l.predictive += gap * gap / (m * double(columns(z)));
        }
    for (Count view = 0; view < views; ++view)
      for (Count i = 0; i < z.rows; ++i) {
        for (Count place = 0; place < places && samples(z) > 1; ++place)
          l.hebbian -=
              std::log(variance(z, view, i, place) + epsilon) / (m * double(places * views));
        for (Count k = 0; k < z.rows && columns(z) > 1; ++k)
          if (k != i)
            l.decorrelation +=
                std::pow(covariance(z, view, i, k), 2) / ((m * m - m) * double(views));
      }
    return l;
  }

 private:
  Count at(const Table& z, Count view, Count sample, Count place) const {
    return view * columns(z) + sample * places + place;
  }
  double grand_mean(const Table& z, Count view, Count i) const {
    return sum(columns(z), [&](Count n) { return z(i, view * columns(z) + n); }) /
           double(columns(z));
  }
  template <typename Term>
  Table average_over_views(const Table& z, const Term& term) const {
    return tabulate(z.rows, places, [&](Count i, Count place) {
      return sum(views, [&](Count view) { return term(view, i, place); }) / double(views);
    });
  }
  /// Running averages over all views, from mean 0 and variance 1; the variance is about the
  /// advanced mean.
  void advance_averages(const Table& z) {
    if (remembered.empty())
      remembered_mean = Table(z.rows, places), remembered = Table(z.rows, places, 1);
    for (Count i = 0; i < z.rows; ++i)
      for (Count place = 0; place < places; ++place) {
        double& m = remembered_mean(i, place);
        const auto average = [&](const auto& term) {
          return sum(views,
                     [&](Count view) {
                       return sum(samples(z),
                                  [&](Count b) { return term(z(i, at(z, view, b, place))); });
                     }) /
                 double(views * samples(z));
        };
        m += (average([](double value) { return value; }) - m) / tau;
        remembered(i, place) += (average([&](double value) { return (value - m) * (value - m); }) -
                                 remembered(i, place)) /
                                tau;
      }
  }
};

}  // namespace oracle
