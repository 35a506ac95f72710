// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/measure.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "harness/host/interference.hpp"
#include "harness/sampling/sample_columns.hpp"
#include "results/records/identity_parameters.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

/// How a case ends without samples: the same on all ranks.
struct Refusal {
    CaseStatus status = CaseStatus::skipped;
    std::string why;
};

/// What one rank says of a step that all take.
struct Objection {
    std::optional<std::string> skip;
    std::optional<std::string> fail;
};

template <class Step>
Objection attempt(Communicator& members, Step step)
{
    try {
        return {.skip = step(), .fail = {}};
    } catch (const std::bad_alloc&) {
        return {.skip = fmt::format("rank {} has not enough memory for the buffers", members.world_rank()), .fail = {}};
    } catch (const BackendError& error) {
        return {.skip = {}, .fail = fmt::format("rank {}: {}", members.world_rank(), error.what())};
    }
}

/// Collective: a rank whose library failed outweighs one that can't run the case.
std::optional<Refusal> agree(Communicator& members, const Objection& mine)
{
    if (auto why = first_error(members, mine.fail)) {
        return Refusal{CaseStatus::failed, *std::move(why)};
    }
    if (auto why = first_error(members, mine.skip)) {
        return Refusal{CaseStatus::skipped, *std::move(why)};
    }
    return std::nullopt;
}

/// Collective: everything before the first execution.
std::optional<Refusal> get_ready(CaseRun& run, CaseMeasurement& measurement)
{
    Communicator& members = run.ranks.members;
    if (auto refused = agree(members, attempt(members, [&] { return measurement.refusal(); }))) {
        return refused;
    }
    if (auto why = run.start.refusal()) {
        return Refusal{CaseStatus::skipped, *std::move(why)};
    }
    run.start.begin_round();
    const auto steps = {&CaseMeasurement::prepare, &CaseMeasurement::connect};
    for (const auto step : steps) {
        const Objection mine = attempt(members, [&]() -> std::optional<std::string> {
            (measurement.*step)();
            return std::nullopt;
        });
        if (auto refused = agree(members, mine)) {
            return refused;
        }
    }
    return std::nullopt;
}

CaseHeader header_of(const CaseRun& run, const Requirements& needs)
{
    CaseHeader header;
    header.id = run.ranks.c.id;
    header.what = run.ranks.c.what;
    if (run.ranks.members.rank() == case_root) {  // alone: thousands of ranks in one process would hold n^2
        header.world_ranks.assign(run.ranks.members.members().begin(), run.ranks.members.members().end());
    }
    header.total_bytes = needs.total_bytes;
    header.bus_factor = needs.bus_factor;
    header.closed_forms = needs.closed_forms;
    header.pairs_across_nodes = share_of_pairs_across(header.what, run.ranks.nodes);
    return header;
}

/// What happens to the hosts and devices of the ranks while a round goes on.
class Surroundings {
public:
    explicit Surroundings(const CaseContext& ranks)
        : members_(ranks.members), settings_(ranks.settings), counters_(counters()), device_(device())
    {
    }

    /// Collective: since the construction, every rank's on the case root.
    void collect(Round& round) const
    {
        if (settings_.watch_interference) {
            for (const auto& numbers : gather_values(members_, to_numbers(between(counters_, counters())), case_root)) {
                round.interference.push_back(interference_from(numbers));
            }
        }
        if (settings_.read_device) {
            for (const auto& numbers : gather_values(members_, to_numbers({device_, device()}), case_root)) {
                round.devices.push_back(device_readings_from(numbers));
            }
        }
        if (std::ranges::all_of(round.devices, [](const DeviceReadings& rank) { return rank == DeviceReadings{}; })) {
            round.devices.clear();  // no device tells anything
        }
    }

private:
    InterferenceCounters counters() const
    {
        return settings_.watch_interference ? read_interference_counters() : InterferenceCounters{};
    }

    DeviceReading device() const
    {
        return settings_.read_device ? settings_.read_device().value_or(DeviceReading{}) : DeviceReading{};
    }

    Communicator& members_;
    const MeasureSettings& settings_;
    InterferenceCounters counters_;
    DeviceReading device_;
};

}  // namespace

Measurement measure_case(CaseRun& run, CaseMeasurement& measurement)
{
    const MeasureSettings& settings = run.ranks.settings;
    const Requirements needs = measurement.requirements();
    Measurement result;
    result.header = header_of(run, needs);
    result.round.started_unix_s = run.started_unix_s;
    const auto conclude = [&](CaseStatus status, std::string why) {
        result.header.status = status;
        result.header.why = std::move(why);
        return result;
    };

    if (auto refused = get_ready(run, measurement)) {
        result.broken = refused->status == CaseStatus::failed && settings.survives_failure;
        return conclude(refused->status, std::move(refused->why));
    }
    if (settings.verify) {
        result.header.verification = needs.verification;
        result.header.verification_note = needs.verification_note;
    }
    run.failure.begin();
    const Surroundings surroundings(run.ranks);
    const auto wrong = measurement.run();
    if (run.failure.on_some_rank()) {
        result.broken = true;
        return conclude(CaseStatus::failed, wrong.value_or(""));
    }
    Round watched;
    surroundings.collect(watched);
    result.round = measurement.collect();
    result.round.interference = std::move(watched.interference);
    result.round.devices = std::move(watched.devices);
    result.round.started_unix_s = run.started_unix_s;
    result.round.elapsed_s = run.ranks.clock.now_s() - run.begun_s;
    result.interrupted = measurement.interrupted() && !wrong;
    if (wrong) {
        result.header.wrong_elements = measurement.wrong_elements();
    }
    return wrong ? conclude(CaseStatus::failed, *wrong) : result;
}

}  // namespace plumbline
