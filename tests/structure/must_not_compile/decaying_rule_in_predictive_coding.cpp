// error: RuleWithoutDecayWhereChangesAreSummed
#include "hebb/network/predictive/predictive_coding.hpp"
#include "hebb/rules/oja.hpp"

using Policies = hebb::CodingPolicies<hebb::StateInference, hebb::LearnFromTrajectory>;
using Network = hebb::PredictiveCoding<hebb::Oja<float>, hebb::Tanh, Policies>;
