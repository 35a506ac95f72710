// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/verdict.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>

namespace plumbline {
namespace {

Verdict against(bool worse_end_meets, bool better_end_meets)
{
    if (worse_end_meets) {
        return Verdict::pass;
    }
    return better_end_meets ? Verdict::inconclusive : Verdict::fail;
}

}  // namespace

std::string_view name(Verdict verdict)
{
    constexpr std::array<std::string_view, 4> names{"PASS", "INCONCLUSIVE", "NOT_MEASURED", "FAIL"};
    return names.at(static_cast<std::size_t>(verdict));
}

int exit_status(std::optional<Verdict> verdict)
{
    constexpr std::array<int, 4> statuses{0, 3, 4, 1};
    return verdict ? statuses.at(static_cast<std::size_t>(*verdict)) : 0;
}

Verdict worst(Verdict a, Verdict b)
{
    return std::max(a, b);
}

Verdict verdict_of(const Interval& interval, std::optional<double> at_least, std::optional<double> at_most)
{
    if (at_least.has_value() == at_most.has_value()) {
        throw std::logic_error("a target has exactly one bound");
    }
    return at_least ? against(interval.low >= *at_least, interval.high >= *at_least)
                    : against(interval.high <= *at_most, interval.low <= *at_most);
}

}  // namespace plumbline
