// error: RuleWithoutDecayWhereChangesAreSummed
#include "hebb/network/control/feedback_control.hpp"
#include "hebb/rules/oja.hpp"

using Network = hebb::FeedbackControl<hebb::Oja<float>, hebb::Sigmoid,
                                      hebb::ControlPolicies<hebb::TrajectorySum>>;
