// error: BcmModification
#include "hebb/rules/bcm.hpp"

hebb::Bcm<float, hebb::Plain> rule;
