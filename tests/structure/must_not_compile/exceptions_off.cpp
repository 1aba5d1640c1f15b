// error: compile without -fno-exceptions
// flags: -fno-exceptions
#include "hebb/rules/oja.hpp"
