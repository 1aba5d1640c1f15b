// error: define EIGEN_DONT_PARALLELIZE
#define _OPENMP 201511
#undef EIGEN_DONT_PARALLELIZE
#include "hebb/core/types.hpp"
