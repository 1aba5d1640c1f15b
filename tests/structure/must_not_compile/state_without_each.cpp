// error: RateRule
#include "hebb/layers/dense.hpp"

struct Hidden {
  using Scalar = float;
  struct State {
    hebb::Matrix<float> weights;
  };
  State init(hebb::Shape) const { return {}; }
  void update(const hebb::View<float>&, const hebb::View<float>&, State&) const {}
  void forget(State&) const {}
};

hebb::Dense<Hidden> layer({}, {.pre = 2, .post = 1});
