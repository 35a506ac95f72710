// SPDX-License-Identifier: Apache-2.0
#include "harness/run/plan_executor.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/host/process_memory.hpp"
#include "harness/probes/make_measurement.hpp"
#include "harness/run/group_cache.hpp"
#include "harness/run/host_monitor.hpp"
#include "harness/run/library_log.hpp"
#include "harness/run/memory_watch.hpp"
#include "harness/run/record_transport.hpp"
#include "harness/sampling/measure.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

constexpr int writer_rank = 0;

/// What all ranks agree on after each slot; the largest wins.
enum class Signal : std::int64_t {
    go_on,
    probe,  ///< and probe the hosts before the next slot
    interrupted,
    store_failed,
};

class PlanExecutor {
public:
    explicit PlanExecutor(const RunSetup& setup)
        : setup_(setup),
          groups_({.world = setup.world,
                   .backend = setup.backend,
                   .sync_backend = setup.sync_backend,
                   .sync = setup.scenario.sync,
                   .topology = setup.topology})
    {
    }

    RunOutcome execute()
    {
        RunOutcome outcome;
        outcome.planned = static_cast<int>(setup_.plan.order.size());
        outcome.cases = static_cast<int>(setup_.plan.cases.size());
        outcome.first_round = setup_.launch * setup_.scenario.rounds;
        setup_.progress.begin(setup_.plan.order.size(), setup_.plan.cases.size(), setup_.bound.total_s(), budgets_s());
        memory_ = MemoryWatch(setup_.program_bytes, bounds_of_slots());
        if (setup_.probe_hosts) {
            monitor_.emplace(setup_.world, setup_.topology);
            probe_hosts(0);
        }
        for (std::size_t position = 0; position < setup_.plan.order.size(); ++position) {
            const Slot& slot = setup_.plan.order[position];
            const Case& c = setup_.plan.cases[slot.case_index];
            if (is_stored(slot, c)) {
                setup_.progress.kept(position, c);
                ++stored_;
                continue;
            }
            const Signal signal = run_slot(position, slot, c);
            outcome.interrupted = signal == Signal::interrupted;
            outcome.store_error = signal == Signal::store_failed ? store_error_.value_or("see rank 0") : "";
            if (signal == Signal::probe) {
                probe_hosts(position + 1);
            } else if (signal != Signal::go_on) {
                break;
            }
        }
        outcome.stored = stored_;
        finish(outcome);
        return outcome;
    }

private:
    double budgets_s() const
    {
        double seconds = 0;
        for (const Slot& slot : setup_.plan.order) {
            const Case& c = setup_.plan.cases[slot.case_index];
            seconds += c.skip.empty() ? c.stop.max_seconds : 0;
        }
        return seconds;
    }

    std::vector<std::uint64_t> bounds_of_slots() const
    {
        std::vector<std::uint64_t> bytes;
        bytes.reserve(setup_.plan.order.size());
        for (const Slot& slot : setup_.plan.order) {
            bytes.push_back(bound_memory(setup_.plan.cases[slot.case_index], setup_.scenario));
        }
        return bytes;
    }

    /// Among all slots of the launch.
    int position_in_launch(std::size_t position) const { return setup_.first_position + static_cast<int>(position); }

    /// Of the round within the file.
    int index_of(const Slot& slot) const { return setup_.launch * setup_.scenario.rounds + slot.round; }

    bool is_stored(const Slot& slot, const Case& c) const
    {
        const bool skipped_before = setup_.launch > 0 && !c.skip.empty();  // the first launch has recorded it
        return skipped_before || setup_.stored.contains({c.id, index_of(slot)});
    }

    /// Collective over world.
    Signal run_slot(std::size_t position, const Slot& slot, const Case& c)
    {
        setup_.progress.started(position, c, slot.round);
        mark_done(position);  // as far as the others' waiting goes
        const auto ranks = case_ranks(c, setup_.topology);
        auto record = c.skip.empty() ? measure(position, slot, c, ranks) : skipped(position, slot, c);
        mark_done(position);
        if (monitor_ && c.skip.empty()) {
            const SnapshotPair machine = monitor_->snapshot_after(ranks.size());
            if (record) {
                record->round.machine = machine;
            }
        }
        Signal mine = Signal::go_on;
        if (record && !interrupted_) {
            mine = store(position, *record);
        }
        if (mine == Signal::go_on && (interrupted_ || setup_.interrupted())) {
            mine = Signal::interrupted;
        }
        if (mine == Signal::go_on && probe_is_due(position)) {
            mine = Signal::probe;
        }
        // Sleeping: what the others may still be measuring must not be disturbed.
        return Signal{setup_.world.allreduce_max_sleeping(static_cast<std::int64_t>(mine))};
    }

    /// Says to the watchdog that nobody waits for this rank.
    void mark_done(std::size_t position) const
    {
        if (setup_.status != nullptr) {
            setup_.status->set({.position = static_cast<std::uint32_t>(position), .phase = RankPhase::done});
        }
    }

    /// Collective over world.
    void probe_hosts(std::size_t position)
    {
        if (!monitor_) {
            return;
        }
        const HostProbe probe = monitor_->probe(position_in_launch(position));
        if (setup_.world.rank() == writer_rank) {
            setup_.sink.note(probe);
        }
    }

    /// At the end of a round of the plan, and of the plan.
    bool probe_is_due(std::size_t position) const
    {
        const auto& order = setup_.plan.order;
        const bool last = position + 1 == order.size();
        const bool round_ends = last || order[position].round != order[position + 1].round;
        return monitor_ && setup_.world.rank() == writer_rank && round_ends && (last || monitor_->is_due());
    }

    /// The record of a slot without samples.
    RecordMessage empty_record(std::size_t position, const Slot& slot, CaseStatus status, const std::string& why) const
    {
        const Case& c = setup_.plan.cases[slot.case_index];
        RecordMessage record;
        record.header.id = c.id;
        record.header.what = c.what;
        record.header.status = status;
        record.header.why = why;
        place(record.round, position, slot);
        return record;
    }

    void place(Round& round, std::size_t position, const Slot& slot) const
    {
        round.index = index_of(slot);
        round.launch = setup_.launch;
        round.position = position_in_launch(position);
    }

    /// The record on the writer rank, nothing elsewhere.
    std::optional<RecordMessage> skipped(std::size_t position, const Slot& slot, const Case& c) const
    {
        return setup_.world.rank() == writer_rank
                   ? std::optional(empty_record(position, slot, CaseStatus::skipped, c.skip))
                   : std::nullopt;
    }

    /// The record on the writer rank, nothing elsewhere and where the round was interrupted.
    std::optional<RecordMessage> measure(std::size_t position, const Slot& slot, const Case& c,
                                         const std::vector<int>& ranks)
    {
        const int case_root = ranks.front();
        std::optional<RecordMessage> record;
        if (std::ranges::find(ranks, setup_.world.rank()) != ranks.end()) {
            if (setup_.status != nullptr) {
                setup_.status->begin(static_cast<std::uint32_t>(position));
            }
            record = measure_as_member(position, slot, c, ranks);
        }
        return send_record(setup_.world, case_root, writer_rank, record);
    }

    /// Collective over the case's ranks. Nothing where the round was interrupted.
    std::optional<RecordMessage> measure_as_member(std::size_t position, const Slot& slot, const Case& c,
                                                   const std::vector<int>& ranks)
    {
        const CaseGroup& joined = groups_.get(ranks, algorithm_of(c.what));
        if (joined.failure) {
            RecordMessage record = empty_record(position, slot, CaseStatus::failed, *joined.failure);
            record.header.world_ranks = ranks;
            return record;
        }
        Measurement measurement = measure_with(joined, c, ranks, index_of(slot));
        place(measurement.round, position, slot);
        interrupted_ = measurement.interrupted;
        if (measurement.broken) {
            groups_.evict_within(ranks);
        }
        if (interrupted_) {
            return std::nullopt;
        }
        return RecordMessage{std::move(measurement.header), std::move(measurement.round)};
    }

    /// Collective over the case's ranks.
    Measurement measure_with(const CaseGroup& joined, const Case& c, const std::vector<int>& ranks, int round)
    {
        MeasureSettings how = settings(*joined.synchronisation);
        how.round = round;
        joined.group->announce_concurrent_ranks(ranks);
        how.join_subgroup = [&](const std::vector<int>& subgroup) -> Group& {
            return groups_.subgroup(subgroup, ranks);
        };
        how.join_subgroups = [&](const std::vector<std::vector<int>>& subgroups) {
            return groups_.subgroups(subgroups, joined);
        };
        const std::vector<int> nodes = nodes_of(setup_.topology, ranks);
        CaseRun run({.group = *joined.group,
                     .members = *joined.members,
                     .clock = setup_.backend.clock(),
                     .c = c,
                     .settings = how,
                     .nodes = nodes});
        const auto measurement = make_measurement(run);
        return measure_case(run, *measurement);
    }

    Signal store(std::size_t position, const RecordMessage& record)
    {
        try {
            setup_.sink.store(record.header, record.round);
        } catch (const StoreError& error) {
            store_error_ = error.what();
            return Signal::store_failed;
        }
        ++stored_;
        setup_.progress.finished(position, record.header, record.round);
        if (const auto more = memory_.finished(position, peak_memory())) {
            setup_.progress.warn(
                say("rank 0 has taken {} of memory by now, more than the {} that it was to take at "
                    "most; it may be {} before the end",
                    format_bytes(more->taken), format_bytes(more->former_most), format_bytes(more->most)));
        }
        return Signal::go_on;
    }

    void finish(RunOutcome& outcome)
    {
        if (!outcome.store_error.empty()) {
            return;
        }
        const Facts log = gather_library_log(setup_.world, setup_.backend, writer_rank);
        if (setup_.world.rank() == writer_rank) {
            setup_.sink.add_library_log(log);
        }
        try {
            setup_.sink.finish(!outcome.interrupted);
        } catch (const StoreError& error) {
            store_error_ = error.what();
        }
        const bool failed = setup_.world.allreduce_max_sleeping(store_error_ ? 1 : 0) != 0;
        outcome.store_error = failed ? store_error_.value_or("see rank 0") : "";
    }

    MeasureSettings settings(Synchronisation& synchronisation) const
    {
        MeasureSettings settings;
        settings.synchronisation = &synchronisation;
        settings.survives_failure = setup_.backend.info().survives_failure;
        settings.verify = setup_.scenario.verify;
        settings.batch = setup_.scenario.batch;
        settings.clock_cost_s = setup_.clock_cost_s;
        settings.status = setup_.status;
        settings.watch_interference = setup_.backend.info().kind != LibraryKind::simulated;
        if (!setup_.backend.info().device.empty()) {
            settings.read_device = [monitor = setup_.backend.device_monitor()] {
                return monitor == nullptr ? std::nullopt : std::optional(monitor->read());
            };
        }
        settings.interrupted = setup_.interrupted;
        settings.progress = [this](std::size_t samples, std::optional<double> median_s,
                                   std::optional<Interval> interval) {
            setup_.progress.sampled(samples, median_s, interval);
        };
        return settings;
    }

    const RunSetup& setup_;
    GroupCache groups_;
    std::optional<HostMonitor> monitor_;  ///< on all ranks or on none
    std::optional<std::string> store_error_;
    MemoryWatch memory_;
    int stored_ = 0;
    bool interrupted_ = false;
};

}  // namespace

RunOutcome run_plan(const RunSetup& setup)
{
    return PlanExecutor(setup).execute();
}

}  // namespace plumbline
