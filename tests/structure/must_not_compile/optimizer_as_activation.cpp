// error: ActivationFor
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/layers/dense.hpp"
#include "hebb/rules/oja.hpp"

hebb::Dense<hebb::Oja<float>, hebb::Adam> layer({}, {.pre = 2, .post = 1});
