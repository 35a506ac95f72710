#include "harness/sampling/measure.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "harness/host/interference.hpp"
#include "harness/sampling/prepared_case.hpp"
#include "harness/sampling/sample_columns.hpp"
#include "harness/sampling/sampling_loop.hpp"
#include "harness/util/timing.hpp"

#include <fmt/format.h>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

void set_coverage(CaseHeader& header, const PreparedCase& bound, const MeasureSettings& settings)
{
    if (!settings.verify) {
        header.verification = Verification::off;
        return;
    }
    if (const auto why = bound.unverifiable_reason()) {
        header.verification = Verification::not_verifiable;
        header.verification_note = *why;
        return;
    }
    header.verification = Verification::verified;
    header.verification_note = "every element on every rank, at the start, after a random sample and at the end";
}

/// Why this rank can't go on after trying to take its buffers; nothing when it can.
struct Objection {
    std::optional<std::string> skip;
    std::optional<std::string> fail;
};

/// Collective: every rank's on the case root.
std::vector<Interference> gather_interference(Communicator& members, const Interference& mine)
{
    std::vector<Interference> ranks;
    for (const auto& numbers : gather_values(members, to_numbers(mine), case_root)) {
        ranks.push_back(interference_from(numbers));
    }
    return ranks;
}

/// Before a round; after it, gather_devices() is collective.
DeviceReading look_at_device(const MeasureSettings& settings)
{
    return settings.read_device ? settings.read_device().value_or(DeviceReading{}) : DeviceReading{};
}

/// Collective: every rank's device on the case root; nothing where no device tells anything.
std::vector<DeviceReadings> gather_devices(Communicator& members, const MeasureSettings& settings,
                                           const DeviceReading& before)
{
    if (!settings.read_device) {
        return {};
    }
    std::vector<DeviceReadings> ranks;
    for (const auto& numbers : gather_values(members, to_numbers({before, look_at_device(settings)}), case_root)) {
        ranks.push_back(device_watch_from(numbers));
    }
    const bool all_silent =
        std::ranges::all_of(ranks, [](const DeviceReadings& rank) { return rank == DeviceReadings{}; });
    return all_silent ? std::vector<DeviceReadings>{} : ranks;
}

Objection try_to_refuse(PreparedCase& bound, int rank)
{
    try {
        return {.skip = bound.refusal(), .fail = {}};
    } catch (const BackendError& error) {
        return {.skip = {}, .fail = fmt::format("rank {}: {}", rank, error.what())};
    }
}

Objection try_to_prepare(PreparedCase& bound, int rank)
{
    try {
        bound.prepare();
        return {};
    } catch (const std::bad_alloc&) {
        return {.skip = fmt::format("rank {} has not enough memory for the buffers", rank), .fail = {}};
    } catch (const BackendError& error) {
        return {.skip = {}, .fail = fmt::format("rank {}: {}", rank, error.what())};
    }
}

/// Collective over the group: its sentence if the connections can't be made.
std::optional<std::string> try_to_connect(PreparedCase& bound, int rank)
{
    try {
        bound.connect();
        return std::nullopt;
    } catch (const BackendError& error) {
        return fmt::format("rank {}: {}", rank, error.what());
    }
}

}  // namespace

Measurement measure_round(Group& group, Communicator& members, const Clock& clock, const Case& c,
                          const MeasureSettings& settings)
{
    Measurement result;
    result.header.id = c.id;
    result.header.what = c.what;
    result.header.world_ranks.assign(members.members().begin(), members.members().end());
    result.round.started_unix_s = unix_now_s();
    const auto conclude = [&](CaseStatus status, std::string why) {
        result.header.status = status;
        result.header.why = std::move(why);
        return result;
    };

    const double begin = clock.now_s();
    PreparedCase bound(group, clock, c, members.world_rank(), settings.join_subgroups);
    result.header.total_bytes = bound.total_bytes();
    result.header.bus_factor = bound.bus_factor();
    result.header.closed_forms = bound.closed_forms();
    const Objection refused = try_to_refuse(bound, members.world_rank());
    if (auto why = first_error(members, refused.fail)) {
        result.broken = settings.survives_failure;
        return conclude(CaseStatus::failed, *why);
    }
    if (auto why = first_error(members, refused.skip)) {
        return conclude(CaseStatus::skipped, *why);
    }
    if (settings.synchronisation != nullptr) {
        if (auto why = settings.synchronisation->refusal()) {
            return conclude(CaseStatus::skipped, *why);
        }
        settings.synchronisation->begin_round();
    }
    const Objection mine = try_to_prepare(bound, members.world_rank());
    if (auto why = first_error(members, mine.skip)) {
        return conclude(CaseStatus::skipped, *why);
    }
    if (auto why = first_error(members, mine.fail)) {
        result.broken = settings.survives_failure;
        return conclude(CaseStatus::failed, *why);
    }
    if (auto why = first_error(members, try_to_connect(bound, members.world_rank()))) {
        result.broken = settings.survives_failure;
        return conclude(CaseStatus::failed, *why);
    }
    set_coverage(result.header, bound, settings);

    const auto counters = settings.watch_interference ? read_interference_counters() : InterferenceCounters{};
    const DeviceReading device = look_at_device(settings);
    SamplingLoop in_progress(group, members, clock, c, bound, settings);
    std::optional<StopReason> stop;
    auto wrong = in_progress.warm_up();
    if (!wrong) {
        wrong = in_progress.run(stop);
    }
    if (in_progress.broken()) {
        result.broken = true;
        return conclude(CaseStatus::failed, wrong.value());
    }
    const auto collected_start = result.round.started_unix_s;
    const auto interference = settings.watch_interference
                                  ? gather_interference(members, between(counters, read_interference_counters()))
                                  : std::vector<Interference>{};
    const auto devices = gather_devices(members, settings, device);
    result.round = in_progress.collect();
    result.round.interference = interference;
    result.round.devices = devices;
    result.round.started_unix_s = collected_start;
    result.round.elapsed_s = clock.now_s() - begin;
    result.round.stop = stop.value_or(StopReason::budget);
    result.interrupted = in_progress.interrupted();
    if (wrong) {
        result.interrupted = false;
        return conclude(CaseStatus::failed, *wrong);
    }
    return result;
}

}  // namespace plumbline
