// error: DecayFreeRule
#include "hebb/network/equilibrium/equilibrium_propagation.hpp"
#include "hebb/rules/oja.hpp"

using Network = hebb::EquilibriumPropagation<hebb::Oja<float>>;
