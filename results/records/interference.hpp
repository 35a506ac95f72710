// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Counters of what the operating system did to one rank during a round. Absent: the system does not report it.
struct Interference {
    double seconds = 0;  ///< wall time that the counters cover: all but preparation, with everything between samples
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<double> involuntary_switches = {};  ///< taken off its core while runnable
    std::optional<double> voluntary_switches = {};    ///< it slept or waited
    std::optional<double> minor_faults = {};
    std::optional<double> major_faults = {};
    std::optional<double> migrations = {};    ///< moves from core to core
    std::optional<double> steal_s = {};       ///< taken by the hypervisor, mean over the cores that the rank may run on
    std::optional<double> frequency_hz = {};  ///< of its core at the end of the round
    // NOLINTEND(readability-redundant-member-init)

    bool operator==(const Interference&) const = default;
};

/// One column of Interference. Messages, the file and its readers all use this list.
struct InterferenceField {
    std::string_view name;
    std::string_view unit;
    std::optional<double> Interference::* member;
};
inline constexpr std::array interference_fields{
    InterferenceField{"involuntary_switches", "1", &Interference::involuntary_switches},
    InterferenceField{"voluntary_switches", "1", &Interference::voluntary_switches},
    InterferenceField{"minor_faults", "1", &Interference::minor_faults},
    InterferenceField{"major_faults", "1", &Interference::major_faults},
    InterferenceField{"migrations", "1", &Interference::migrations},
    InterferenceField{"steal_s", "s", &Interference::steal_s},
    InterferenceField{"frequency_hz", "Hz", &Interference::frequency_hz}};

/// As a row of numbers, `seconds` first, NaN for absent ones, and back.
inline constexpr std::size_t interference_numbers = 1 + interference_fields.size();
std::array<double, interference_numbers> to_numbers(const Interference& row);
Interference interference_from(std::span<const double, interference_numbers> numbers);

/// Half width / median of an interval: as it is, and as it was asked for.
struct Spread {
    double measured = 0;
    std::optional<double> asked;  ///< nothing: not known, but narrower
};

/// "the interval is +-3 % (2 % asked)".
Sentence spread_said(const Spread& spread);

/// One sentence where interference can explain why `spread` is wider than asked for; nothing otherwise. It can where a
/// rank
/// * was switched out involuntarily at least 3 times and more than 50 times a second, or
/// * lost more than 2 % of the time to the hypervisor, or
/// * migrated at least 3 times and more than 20 times a second.
/// The rank that exceeds these bounds most is named. `who` has a name for each row, such as "rank 3 on node7". Pure.
std::optional<Sentence> explain_spread(const Spread& spread, std::span<const Interference> ranks,
                                       std::span<const std::string> who);

}  // namespace plumbline
