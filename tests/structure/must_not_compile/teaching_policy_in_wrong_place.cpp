// error: ControlUpdate
#include "hebb/network/control/feedback_control.hpp"

hebb::ControlPolicies<hebb::FixedFeedback> policies;
