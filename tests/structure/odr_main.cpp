// Two translation units that include every header link: nothing in a header is defined twice.
#include "all_headers.hpp"

int other_unit();

int main() { return other_unit() == hebb::version.major ? 0 : 1; }
