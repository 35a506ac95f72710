// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/conformance/checks.hpp"

namespace plumbline::conformance {

void messages_arrive_in_order(Rank& me);
void both_directions_at_once(Rank& me);

}  // namespace plumbline::conformance
