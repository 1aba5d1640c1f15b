// error: the library is written in C++20
// flags: -std=c++17
#include "hebb/hebb.hpp"
