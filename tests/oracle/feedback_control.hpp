/// @file
/// Oracle of feedback control:
///
///   tau_v dv_k/dt = -v_k + W_k r_{k-1} + b_k + Q_k u,  u = k_p e + integral of (e - alpha u),
///
/// where layer k receives layer k - 1 of the same step.
#pragma once

#include "tests/oracle/backpropagation.hpp"

namespace oracle {

/// The solution of a x = b by elimination with pivots.
inline Table solve(Table a, Table b) {
  const Count n = a.rows;
  for (Count k = 0; k < n; ++k) {
    Count pivot = k;
    for (Count i = k; i < n; ++i)
      if (std::fabs(a(i, k)) > std::fabs(a(pivot, k))) pivot = i;
    for (Count j = 0; j < n; ++j) std::swap(a(k, j), a(pivot, j));
    for (Count c = 0; c < b.cols; ++c) std::swap(b(k, c), b(pivot, c));
    for (Count i = 0; i < n; ++i) {
      if (i == k) continue;
      const double share = a(i, k) / a(k, k);
      for (Count j = k; j < n; ++j) a(i, j) -= share * a(k, j);
      for (Count c = 0; c < b.cols; ++c) b(i, c) -= share * b(k, c);
    }
  }
  return tabulate(n, b.cols, [&](Count i, Count c) { return b(i, c) / a(i, i); });
}

inline Table column(const Table& a, Count c) {
  return tabulate(a.rows, 1, [&](Count i, Count) { return a(i, c); });
}

struct FeedbackControl {
  enum class Path { fixed, weight_product, jacobian };

  Count steps;
  double dt, proportional, leak, filter;
  double gain;  ///< of a step of v
  bool closed_form;
  bool strong;  ///< the target itself, or the output nudged by `nudge`
  double nudge;
  Loss kind;
  Path path;
  Count every;           ///< steps between two looks at the gains
  Tables feedback = {};  ///< Q_k of hidden layers, where it is fixed

  Table x = {}, target = {};
  Tables v = {}, basal = {}, apical = {};  ///< at the end
  std::vector<Tables> rates_of_step = {};  ///< of all layers, from the forward sweep on
  std::vector<Tables> v_of_step = {}, basal_of_step = {};
  Tables norms = {};        ///< of the output's error, before each step
  Table mean_control = {};  ///< over the last quarter

  /// Q_k u for all layers, for gains of the hidden layers.
  Tables send(const Layers& layers, const Tables& gain_of, const Table& u) const {
    Tables sent(layers.depth());
    sent.back() = u;
    for (std::size_t k = layers.hidden(); k-- > 0;) {
      if (path == Path::fixed) sent[k] = product(feedback[k], u);
      if (path == Path::weight_product) sent[k] = layers.back(k + 1, sent[k + 1]);
      if (path == Path::jacobian) sent[k] = times(gain_of[k], layers.back(k + 1, sent[k + 1]));
    }
    return sent;
  }

  Table error(const Table& output) const {
    return strong ? output_error(kind, output, target) : minus(target, output);
  }

  Tables all_rates(const Layers& layers) const {
    Tables r;
    for (std::size_t k = 0; k < layers.depth(); ++k) r.push_back(layers.rate_of(k, v[k]));
    return r;
  }
  Tables all_gains(const Layers& layers) const {
    Tables g;
    for (std::size_t k = 0; k < layers.depth(); ++k) g.push_back(layers.gain_of(k, v[k]));
    return g;
  }

  void infer(const Layers& layers, const Table& x_, const Table& y) {
    x = x_;
    v = basal = layers.sweep(x);
    target = y;
    if (!strong) {
      const Table e = output_error(kind, v.back(), y);
      target = tabulate(e.rows, e.cols,
                        [&](Count i, Count c) { return v.back()(i, c) + nudge * e(i, c); });
    }
    rates_of_step = {all_rates(layers)}, v_of_step = {v}, basal_of_step = {basal};
    norms.clear();
    Tables known = all_gains(layers);
    Table integral(target.rows, target.cols), u = integral, sent = integral;
    mean_control = integral;
    const Count last = closed_form ? 1 : steps, quarter = std::max<Count>(1, last / 4);
    for (Count t = 0; t < last; ++t) {
      const Table e = error(v.back());
      norms.push_back(tabulate(e.cols, 1, [&](Count c, Count) {
        return std::sqrt(sum(e.rows, [&](Count i) { return e(i, c) * e(i, c); }));
      }));
      for (std::size_t n = 0; n < e.data.size() && !closed_form; ++n) {
        integral.data[n] += dt * (e.data[n] - leak * u.data[n]);
        u.data[n] = integral.data[n] + proportional * e.data[n];
        sent.data[n] += (t == 0 || filter == 0 ? 1 : dt / filter) * (u.data[n] - sent.data[n]);
      }
      if (closed_form) sent = answer(layers, known, e);
      for (std::size_t n = 0; n < e.data.size(); ++n)
        if (t >= last - quarter) mean_control.data[n] += sent.data[n] / double(quarter);
      apical = send(layers, known, sent);
      for (std::size_t k = 0; k < layers.depth(); ++k) {
        if (k > 0) basal[k] = layers.drive_of(k, layers.rate_of(k - 1, v[k - 1]));
        for (std::size_t n = 0; n < v[k].data.size(); ++n)
          v[k].data[n] += gain * (basal[k].data[n] + apical[k].data[n] - v[k].data[n]);
      }
      if ((t + 1) % every == 0) known = all_gains(layers);
      rates_of_step.push_back(all_rates(layers)), v_of_step.push_back(v),
          basal_of_step.push_back(basal);
    }
  }

  /// How the output of a sample, linearised with gains, answers unit controls sent to all layers:
  /// outputs x outputs.
  Table response(const Layers& layers, const Tables& gain_of, Count c,
                 double* squares = nullptr) const {
    const Count outputs = layers.weights.back().rows;
    Table unit(outputs, outputs);
    for (Count j = 0; j < outputs; ++j) unit(j, j) = 1;
    Tables own;
    for (const Table& g : gain_of)
      own.push_back(tabulate(g.rows, outputs, [&](Count i, Count) { return g(i, c); }));
    Tables sent = send(layers, own, unit);
    if (squares)
      for (const Table& s : sent)
        for (const double value : s.data) *squares += value * value;
    for (std::size_t k = 1; k < sent.size(); ++k) {
      const Table moved = product(layers.unbiased(k), times(own[k - 1], sent[k - 1]));
      for (std::size_t n = 0; n < moved.data.size(); ++n) sent[k].data[n] += moved.data[n];
    }
    return sent.back();
  }

  /// The control that makes the linearised error 0: (d(-e)/du + leak)^-1 e.
  Table answer(const Layers& layers, const Tables& gain_of, const Table& e) const {
    Table u(e.rows, e.cols);
    for (Count c = 0; c < e.cols; ++c) {
      Table system = response(layers, gain_of, c);
      if (strong && kind == Loss::cross_entropy) {
        // d softmax_i = p_i (do_i - sum over k of p_k do_k); the 1 keeps the control free of a
        // common shift.
        const Table before = system;
        const auto p = [&](Count i) { return target(i, c) - e(i, c); };
        system = tabulate(e.rows, e.rows, [&](Count i, Count j) {
          return 1 +
                 p(i) * (before(i, j) - sum(e.rows, [&](Count k) { return p(k) * before(k, j); }));
        });
      }
      for (Count i = 0; i < e.rows; ++i) system(i, i) += leak;
      const Table solution = solve(system, column(e, c));
      for (Count i = 0; i < e.rows; ++i) u(i, c) = solution(i);
    }
    return u;
  }

  /// The mean over samples of |P_J Q| / |Q|, P_J the projection on the rows of the output's
  /// Jacobian.
  double condition2(const Layers& layers) const {
    const Tables gain_of = all_gains(layers);
    FeedbackControl jacobian = *this;
    jacobian.path = Path::jacobian;
    return sum(x.cols,
               [&](Count c) {
                 double squares = 0, inside = 0;
                 const Table jq = response(layers, gain_of, c, &squares),
                             jj = jacobian.response(layers, gain_of, c);
                 const Table projected = solve(jj, jq);
                 for (std::size_t n = 0; n < jq.data.size(); ++n)
                   inside += jq.data[n] * projected.data[n];
                 return std::sqrt(inside / squares);
               }) /
           double(x.cols);
  }

  enum class Update { end_points, trajectory_sum, steady_state, time_average };
  enum class Error { rates, voltages, gained_voltages };

  /// What layer k changes by, before its optimiser.
  Table change(const Layers& layers, std::size_t k, Update update, Error which) const {
    const std::size_t last = rates_of_step.size() - 1;
    const auto pre = [&](std::size_t t) { return with_ones(k == 0 ? x : rates_of_step[t][k - 1]); };
    const auto post = [&](std::size_t t) -> const Table& { return rates_of_step[t][k]; };
    const auto error_at = [&](std::size_t t) {
      const Table& soma = v_of_step[t][k];
      const Table& dendrite = basal_of_step[t][k];
      if (which == Error::rates) return minus(post(t), layers.rate_of(k, dendrite));
      const Table gap = minus(soma, dendrite);
      return which == Error::voltages ? gap : times(layers.gain_of(k, soma), gap);
    };
    Table total = mean_outer(Table(post(0).rows, x.cols), pre(0));  // zeros
    const auto add = [&](double share, const Table& a, const Table& b) {
      const Table d = mean_outer(a, b);
      for (std::size_t n = 0; n < d.data.size(); ++n) total.data[n] += share * d.data[n];
    };
    switch (update) {
      case Update::end_points:
        for (const std::size_t t : {std::size_t(0), last})
          add(0.5, minus(post(last), post(0)), pre(t));
        break;
      case Update::trajectory_sum:
        for (std::size_t t = 0; t < last; ++t) add(1, minus(post(t + 1), post(t)), pre(t));
        break;
      case Update::steady_state:
        add(1, error_at(last), pre(last));
        break;
      case Update::time_average:
        for (std::size_t t = 1; t <= last; ++t) add(1 / double(last), error_at(t), pre(t));
    }
    return total;
  }
};

}  // namespace oracle
