// error: update must be const
#include "hebb/core/concepts.hpp"

// What moves lives in the state: a rule that changes itself is no rule.
struct Moving {
  struct State {
    void each(auto&&) {}
  };
  State init(hebb::Shape) const { return {}; }
  void update(const hebb::View<float>&, const hebb::Response<float>&, State&) {}
  void forget(State&) const {}
};

static_assert(hebb::RuleFor<Moving, hebb::View<float>, hebb::Response<float>>,
              "update must be const");
