// error: FactoredRule
#include "hebb/layers/conv2d.hpp"
#include "hebb/rules/anti_hebbian.hpp"

hebb::Conv2d<hebb::Foldiak<float>> layer({}, {.input = {1, 4, 4}, .channels = 9});
