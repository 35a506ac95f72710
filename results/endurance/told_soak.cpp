// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/told_soak.hpp"

namespace plumbline {

ToldSoak told_soak(std::string_view text, const std::string& origin)
{
    ToldSoak told;
    bool first = true;
    told.extent = scan_journal(text, origin, [&](const JournalRecord& record) {
        if (first) {
            require_begin(record, origin);
            first = false;
        }
        take_in(told.soak, record);
        take_in(told.segments, record);
    });
    if (first) {
        require_begin({}, origin);
    }
    return told;
}

}  // namespace plumbline
