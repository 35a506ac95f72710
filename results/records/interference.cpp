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

enum class Disturber : std::uint8_t {
    switches,
    steal,
    migrations,
};

/// What one rank suffered, beside the most that does no harm.
struct Suspect {
    Disturber what = Disturber::switches;
    double rate = 0;  ///< events a second, or a share of the time
    double most = 1;
    double times_bound() const { return rate / most; }
};

double rate(const std::optional<double>& events, double seconds)
{
    return events && *events >= fewest_events && seconds > 0 ? *events / seconds : 0;
}

std::array<Suspect, 3> suspects_of(const Interference& rank)
{
    const double steal = rank.steal_s && rank.seconds > 0 ? *rank.steal_s / rank.seconds : 0;
    return {
        Suspect{.what = Disturber::switches,
                .rate = rate(rank.involuntary_switches, rank.seconds),
                .most = most_switches_per_s},
        Suspect{.what = Disturber::steal, .rate = steal, .most = most_steal_share},
        Suspect{
            .what = Disturber::migrations, .rate = rate(rank.migrations, rank.seconds), .most = most_migrations_per_s}};
}

Suspect worst_of(const Interference& rank)
{
    return std::ranges::max(suspects_of(rank), {}, &Suspect::times_bound);
}

Sentence described(const Suspect& suspect)
{
    switch (suspect.what) {
        case Disturber::switches:
            return say("was switched out {:.0f} times a second (something else runs on its core)", suspect.rate);
        case Disturber::steal:
            return say("lost {:.0f} % of its time to the hypervisor", 100 * suspect.rate);
        case Disturber::migrations:
            break;
    }
    return say("was moved from core to core {:.0f} times a second (bind it, such as with --bind-to core)",
               suspect.rate);
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
        if (suspect.times_bound() > most.times_bound()) {
            most = suspect;
            worst = i;
        }
    }
    if (most.times_bound() <= 1) {
        return std::nullopt;
    }
    const std::string name = worst < who.size() ? who[worst] : fmt::format("rank {}", worst);
    return say("{} and {} {}", spread_said(spread), recognised(name), described(most));
}

}  // namespace plumbline
