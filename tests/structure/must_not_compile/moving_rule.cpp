// error: update must be const
#include "hebb/core/concepts.hpp"

// Everything that changes is in the state: a rule that changes itself is refused.
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
