// error: RateRule
#include "hebb/layers/dense.hpp"

struct Forgetful {
  using Scalar = float;
  struct State {
    hebb::Matrix<float> weights;
    void each(auto&& visit) { visit("weights", weights); }
  };
  State init(hebb::Shape) const { return {}; }
  void update(const hebb::View<float>&, const hebb::View<float>&, State&) const {}
};

hebb::Dense<Forgetful> layer({}, {.pre = 2, .post = 1});
