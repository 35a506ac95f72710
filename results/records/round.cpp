// SPDX-License-Identifier: Apache-2.0
#include "results/records/round.hpp"

#include "results/util/named.hpp"

#include <array>

namespace plumbline {
namespace {

constexpr std::array stop_reasons{Named{"converged", StopReason::converged}, Named{"budget", StopReason::budget},
                                  Named{"cap", StopReason::cap}};

}  // namespace

std::string_view name(StopReason reason)
{
    return name_in(stop_reasons, reason);
}
std::optional<StopReason> parse_stop_reason(std::string_view text)
{
    return find_in(stop_reasons, text);
}

}  // namespace plumbline
