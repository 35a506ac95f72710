// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/conformance/checks.hpp"

namespace plumbline::conformance {

void every_form_of_every_collective(Rank& me);
void calls_of_no_elements(Rank& me);
void pair_layouts_and_windows(Rank& me);
void uneven_alltoallv(Rank& me);
void large_messages(Rank& me);
void some_ranks_in_another_order(Rank& me);
void two_operations_in_turn(Rank& me);
void collectives_beside_compute(Rank& me);
/// Where operations queue: several of them enqueued, and waited for once.
void chains(Rank& me);
/// Where a backend splits subgroups off: all in pairs and rank 0 left out, twice.
void subgroups_split_off(Rank& me);
/// Of a device that compares data itself: right ones pass, each changed element is found.
void device_finds_what_was_changed(Rank& me);

}  // namespace plumbline::conformance
