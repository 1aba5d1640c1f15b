// error: Equation
#include "hebb/core/rule_of.hpp"

struct Hebb {
  using Scalar = float;
  hebb::Factor<float> post_factor(const hebb::View<float>& y) const { return {y}; }
};

hebb::RuleOf<Hebb> rule;
