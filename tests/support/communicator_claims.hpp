// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"

#include <ostream>
#include <span>
#include <string>

namespace plumbline::test {

/// What every control plane must do.
struct CommunicatorClaim {
    const char* name;
    /// Collective over `world`, all ranks of the launch. Expectations are GoogleTest's.
    void (*check)(Communicator& world);
};

std::span<const CommunicatorClaim> communicator_claims();

inline std::ostream& operator<<(std::ostream& out, const CommunicatorClaim& claim)
{
    return out << claim.name;
}

/// For INSTANTIATE_TEST_SUITE_P.
template <class Info>
std::string claim_name(const Info& info)
{
    return info.param.name;
}

}  // namespace plumbline::test
