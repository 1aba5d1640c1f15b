// error: OptimizerFor
#include "hebb/core/activation.hpp"
#include "hebb/rules/oja.hpp"

hebb::Oja<float, hebb::Relu> rule;
