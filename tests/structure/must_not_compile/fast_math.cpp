// error: removes the checks for non-finite numbers
// flags: -ffast-math
#include "hebb/core/types.hpp"
