// error: RateRule
#include "hebb/layers/dense.hpp"
#include "hebb/spiking/rules/pair_stdp.hpp"

hebb::Dense<hebb::PairStdp<float>> layer({}, {.pre = 2, .post = 1});
