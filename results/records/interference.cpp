// SPDX-License-Identifier: Apache-2.0
#include "results/records/interference.hpp"

#include "results/texts/language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace plumbline {
namespace {

constexpr double fewest_events = 3;  // a single event in a short round is a high rate without meaning
constexpr double most_switches_per_s = 50;
constexpr double most_migrations_per_s = 20;
constexpr double most_steal_share = 0.02;

struct Suspect {
    double times_bound = 0;  ///< above 1: explains a spread
    Sentence what;
};

double rate(const std::optional<double>& events, double seconds)
{
    return events && *events >= fewest_events && seconds > 0 ? *events / seconds : 0;
}

Suspect worst_of(const Interference& rank)
{
    const double switches = rate(rank.involuntary_switches, rank.seconds);
    const double migrations = rate(rank.migrations, rank.seconds);
    const double steal = rank.steal_s && rank.seconds > 0 ? *rank.steal_s / rank.seconds : 0;
    const Suspect suspects[] = {
        {switches / most_switches_per_s,
         say("was switched out {:.0f} times a second (something else runs on its core)", switches)},
        {steal / most_steal_share, say("lost {:.0f} % of its time to the hypervisor", 100 * steal)},
        {migrations / most_migrations_per_s,
         say("was moved from core to core {:.0f} times a second (bind it, such as with --bind-to core)", migrations)}};
    return *std::max_element(std::begin(suspects), std::end(suspects),
                             [](const Suspect& a, const Suspect& b) { return a.times_bound < b.times_bound; });
}

}  // namespace

std::array<double, interference_numbers> to_numbers(const Interference& row)
{
    std::array<double, interference_numbers> numbers{row.seconds};
    for (std::size_t i = 0; i < interference_fields.size(); ++i) {
        numbers[i + 1] = (row.*interference_fields[i].member).value_or(std::numeric_limits<double>::quiet_NaN());
    }
    return numbers;
}

Interference interference_from(std::span<const double, interference_numbers> numbers)
{
    Interference row;
    row.seconds = numbers[0];
    for (std::size_t i = 0; i < interference_fields.size(); ++i) {
        row.*interference_fields[i].member =
            std::isfinite(numbers[i + 1]) ? std::optional(numbers[i + 1]) : std::nullopt;
    }
    return row;
}

Sentence spread_said(const Spread& spread)
{
    return spread.asked ? say("the interval is +-{:.1f} % ({:g} % asked)", 100 * spread.measured, 100 * *spread.asked)
                        : say("the interval is +-{:.1f} %, wider than asked,", 100 * spread.measured);
}

std::optional<Sentence> explain_spread(const Spread& spread, std::span<const Interference> ranks,
                                       std::span<const std::string> who)
{
    if (spread.measured <= spread.asked.value_or(0) || ranks.empty()) {
        return std::nullopt;
    }
    std::size_t worst = 0;
    Suspect most;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        const Suspect suspect = worst_of(ranks[i]);
        if (suspect.times_bound > most.times_bound) {
            most = suspect;
            worst = i;
        }
    }
    if (most.times_bound <= 1) {
        return std::nullopt;
    }
    const std::string name = worst < who.size() ? who[worst] : fmt::format("rank {}", worst);
    return say("{} and {} {}", spread_said(spread), recognised(name), most.what);
}

}  // namespace plumbline
