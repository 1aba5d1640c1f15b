// error: HaveAnotherScalarType
#include "hebb/core/response.hpp"

hebb::Index places(const Eigen::MatrixXd& rate, const Eigen::MatrixXf& gain) {
  const hebb::Response<float> post(rate, gain);
  return post.places;
}
