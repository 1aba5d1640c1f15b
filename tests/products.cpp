#define HEBB_COMPILE_PRODUCTS
#include "tests/products.hpp"
