// SPDX-License-Identifier: Apache-2.0
#include "results/records/case_record.hpp"

#include <algorithm>
#include <utility>

namespace plumbline {

CaseRecord in_one_state(CaseRecord record, std::span<const int> states, int common)
{
    const auto rounds_in = [&](int state) { return std::count(states.begin(), states.end(), state); };
    int chosen = common;
    if (rounds_in(common) == 0) {
        chosen = between_states;
        for (const int state : states) {
            const bool more = chosen == between_states || rounds_in(state) > rounds_in(chosen);
            chosen = state != between_states && more ? state : chosen;
        }
    }
    record.machine_state = record.rounds.empty() ? common : chosen;
    if (chosen == between_states) {
        return record;
    }
    std::vector<Round> kept;
    for (std::size_t i = 0; i < record.rounds.size(); ++i) {
        if (i >= states.size() || states[i] == chosen) {
            kept.push_back(std::move(record.rounds[i]));
        }
    }
    record.left_out = record.rounds.size() - kept.size();
    record.rounds = std::move(kept);
    return record;
}

}  // namespace plumbline
