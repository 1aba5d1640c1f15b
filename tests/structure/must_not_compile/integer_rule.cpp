// error: floating_point
#include "hebb/rules/oja.hpp"

hebb::Oja<int> rule;
