/// @file
/// The products in tiles are compiled once for all tests, in products.cpp, and not again in every
/// program that multiplies. A source that defines HEBB_COMPILE_PRODUCTS compiles them.
#pragma once

#include "hebb/core/kernels/tiled_products.hpp"

#ifdef HEBB_COMPILE_PRODUCTS
#define HEBB_EXTERN
#else
#define HEBB_EXTERN extern
#endif

namespace hebb::tiles {

HEBB_EXTERN template void multiply_panels(const float*, const float*, float*, Index, Index,
                                          const Product<float>&);
HEBB_EXTERN template void multiply_panels(const double*, const double*, double*, Index, Index,
                                          const Product<double>&);
HEBB_EXTERN template void multiply_rows(const float*, const float*, float*, Index, Index,
                                        const Product<float>&);
HEBB_EXTERN template void multiply_rows(const double*, const double*, double*, Index, Index,
                                        const Product<double>&);
HEBB_EXTERN template void multiply_unpacked(const float*, const float*, float*, Index, Index,
                                            Product<float>);
HEBB_EXTERN template void multiply_unpacked(const double*, const double*, double*, Index, Index,
                                            Product<double>);

}  // namespace hebb::tiles

#undef HEBB_EXTERN
