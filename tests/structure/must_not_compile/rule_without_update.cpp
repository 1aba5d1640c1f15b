// error: rule without update
#include "hebb/core/concepts.hpp"

struct Mute {
  struct State {
    void each(auto&&) {}
  };
  State init(hebb::Shape) const { return {}; }
  void forget(State&) const {}
};

static_assert(hebb::RuleFor<Mute, hebb::View<float>, hebb::Response<float>>, "rule without update");
