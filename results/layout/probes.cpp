// SPDX-License-Identifier: Apache-2.0
#include "results/layout/probes.hpp"

#include "results/layout/columns.hpp"
#include "results/layout/layout.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace plumbline::layout {
namespace {

int narrow_state(std::int64_t value)
{
    return value == between_states ? between_states : narrow(value);
}

/// The numbers of a rank's probe that may be absent.
struct ProbeNumber {
    const char* column;
    std::optional<double> RankProbe::* member;
};
constexpr std::array probe_numbers{ProbeNumber{"alone_best_s", &RankProbe::alone_best_s},
                                   ProbeNumber{"alone_median_s", &RankProbe::alone_median_s},
                                   ProbeNumber{"together_best_s", &RankProbe::together_best_s},
                                   ProbeNumber{"together_median_s", &RankProbe::together_median_s},
                                   ProbeNumber{"cache_line_latency_s", &RankProbe::cache_line_latency_s},
                                   ProbeNumber{"l1_copy_s", &RankProbe::l1_copy_s}};

/// What is known of a machine state.
struct TypicalNumber {
    const char* column;
    std::optional<double> TypicalSnapshot::* member;
};
constexpr std::array typical_numbers{TypicalNumber{"cache_line_latency_s", &TypicalSnapshot::cache_line_latency_s},
                                     TypicalNumber{"l1_copy_s", &TypicalSnapshot::l1_copy_s}};
constexpr const char* probes_path = "/probes";
constexpr const char* states_path = "/machine_states";
constexpr const char* round_states_path = "/round_states";

/// One rank at one moment.
struct ProbeRow {
    const HostProbe* probe = nullptr;
    const RankProbe* rank = nullptr;
};

}  // namespace

void write_probes(hdf5::Contents& file, std::span<const HostProbe> probes)
{
    std::vector<ProbeRow> rows;
    for (const HostProbe& probe : probes) {
        for (const RankProbe& rank : probe.ranks) {
            rows.push_back({&probe, &rank});
        }
    }
    Columns<ProbeRow> columns(rows);
    columns.add("execution_index", "1", [](const ProbeRow& row) { return row.probe->position; });
    columns.add("at_unix_s", "s", [](const ProbeRow& row) { return row.probe->at_unix_s; });
    columns.add("rank", "1", [](const ProbeRow& row) { return row.rank->rank; });
    for (const ProbeNumber& number : probe_numbers) {
        columns.add(number.column, "s", [&](const ProbeRow& row) { return row.rank->*number.member; });
    }
    columns.add("noise_share", "1", [](const ProbeRow& row) { return noise_share(*row.rank); });
    columns.write(file, probes_path, "host probes, a row a rank and probe; what was not taken is NaN");
}

std::vector<HostProbe> read_probes(hid_t file)
{
    std::vector<HostProbe> probes;
    if (!hdf5::exists(file, probes_path)) {
        return probes;
    }
    const hdf5::Table table(file, probes_path);
    const auto position = table.column<std::int64_t>("execution_index");
    const auto at_unix_s = table.column<double>("at_unix_s");
    const auto rank = table.column<std::int64_t>("rank");
    for (std::size_t i = 0; i < table.rows(); ++i) {
        if (probes.empty() || probes.back().position != position[i] || probes.back().at_unix_s != at_unix_s[i]) {
            probes.push_back({.position = narrow(position[i]), .at_unix_s = at_unix_s[i], .ranks = {}});
        }
        probes.back().ranks.emplace_back().rank = narrow(rank[i]);
    }
    for (const ProbeNumber& number : probe_numbers) {
        if (!table.has(number.column)) {
            continue;  // a file from before this column
        }
        const auto values = table.column<double>(number.column);
        std::size_t row = 0;
        for (HostProbe& probe : probes) {
            for (RankProbe& of_rank : probe.ranks) {
                of_rank.*number.member = std::isfinite(values[row]) ? std::optional(values[row]) : std::nullopt;
                ++row;
            }
        }
    }
    return probes;
}

void write_states(hdf5::Contents& file, std::span<const std::pair<int, int>> rounds, const MachineStates& states)
{
    const std::vector<TypicalSnapshot>& typical = states.typical;
    Columns<TypicalSnapshot> state_columns(typical);
    const auto state_of = [&](const TypicalSnapshot& look) { return static_cast<int>(&look - typical.data()); };
    state_columns.add("state", "1", state_of);
    state_columns.add("rounds", "1", [&](const TypicalSnapshot& look) { return states.rounds_in(state_of(look)); });
    for (const TypicalNumber& number : typical_numbers) {
        state_columns.add(number.column, "s", [&](const TypicalSnapshot& look) { return look.*number.member; });
    }
    state_columns.write(file, states_path, "machine states seen; medians of what was looked at, of the slowest host");

    const std::vector<int>& of_round = states.of_round;
    Columns<int> columns(of_round);
    const auto round_of = [&](const int& state) { return rounds[static_cast<std::size_t>(&state - of_round.data())]; };
    columns.add("case_id", "1", [&](const int& state) { return round_of(state).first; });
    columns.add("round", "1", [&](const int& state) { return round_of(state).second; });
    columns.add("state", "1", [](const int& state) { return state; });
    columns.write(file, round_states_path,
                  "machine state of each round in the order measured; -1: it changed meanwhile");
}

MachineStates read_states(hid_t file, std::vector<std::pair<int, int>>& rounds)
{
    MachineStates states;
    rounds.clear();
    if (!hdf5::exists(file, states_path) || !hdf5::exists(file, round_states_path)) {
        return states;
    }
    const hdf5::Table seen(file, states_path);
    states.typical.resize(seen.rows());
    for (const TypicalNumber& number : typical_numbers) {
        if (!seen.has(number.column)) {
            continue;  // a file from before this column
        }
        const auto values = seen.column<double>(number.column);
        for (std::size_t i = 0; i < values.size(); ++i) {
            states.typical[i].*number.member = std::isfinite(values[i]) ? std::optional(values[i]) : std::nullopt;
        }
    }
    const hdf5::Table table(file, round_states_path);
    const auto id = table.column<std::int64_t>("case_id");
    const auto round = table.column<std::int64_t>("round");
    const auto state = table.column<std::int64_t>("state");
    for (std::size_t i = 0; i < table.rows(); ++i) {
        rounds.emplace_back(narrow(id[i]), narrow(round[i]));
        states.of_round.push_back(narrow_state(state[i]));
    }
    states.common = most_common_state(states);
    return states;
}

}  // namespace plumbline::layout
