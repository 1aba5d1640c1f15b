// error: ControlUpdate
#include "hebb/core/optimizer/adam.hpp"
#include "hebb/network/control/feedback_control.hpp"

hebb::ControlPolicies<hebb::Adam> policies;
