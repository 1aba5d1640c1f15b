// error: LocalLayer
#include "hebb/network/stack.hpp"
#include "hebb/rules/oja.hpp"

hebb::Stack<hebb::Oja<float>> network({});
