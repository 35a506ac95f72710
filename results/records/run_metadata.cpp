// SPDX-License-Identifier: Apache-2.0
#include "results/records/run_metadata.hpp"

#include <algorithm>

namespace plumbline {

std::string asked_start(const RunMetadata& info)
{
    return info.synchronisation.substr(0, info.synchronisation.find_first_of(" :,"));
}

bool is_imported(const RunMetadata& info)
{
    return std::ranges::any_of(info.facts, [](const auto& fact) { return fact.first == "imported_from"; });
}

}  // namespace plumbline
