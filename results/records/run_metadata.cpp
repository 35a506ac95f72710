// SPDX-License-Identifier: Apache-2.0
#include "results/records/run_metadata.hpp"

namespace plumbline {

std::string asked_start(const RunMetadata& info)
{
    return info.synchronisation.substr(0, info.synchronisation.find_first_of(" :,"));
}

}  // namespace plumbline
