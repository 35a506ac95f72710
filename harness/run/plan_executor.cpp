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

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

/// "58.9 MiB": of a measured amount, whose last bytes say nothing.
std::string mebibytes(std::uint64_t bytes)
{
    return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / static_cast<double>(1U << 20U));
}

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
        // What earlier launches left in the file has been read since the program was looked at.
        const std::uint64_t program = setup_.program_bytes;
        memory_ = MemoryWatch(program == 0 ? 0 : std::max(program, peak_memory()), bounds_of_slots());
        if (setup_.probe_hosts) {
            monitor_.emplace(setup_.world, setup_.topology);
            probe_hosts(0);
        }
        for (std::size_t next = 0; next < setup_.plan.order.size();) {
            const std::vector<Turn> turns = turns_at_once(next);
            next = end_of_turn(next);
            if (turns.empty()) {
                continue;
            }
            begin_round(turns.front().slot.round);
            const Signal signal = run_turns(turns, next);
            outcome.interrupted = signal == Signal::interrupted;
            outcome.store_error = signal == Signal::store_failed ? store_error_.value_or("see rank 0") : "";
            if (signal == Signal::probe) {
                probe_hosts(next);
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

    /// A slot that is to be executed, and the world ranks of its case.
    struct Turn {
        std::size_t position;
        const Slot& slot;
        const Case& c;
        std::shared_ptr<const std::vector<int>> ranks;
    };

    /// Of the slots that are measured at the same time as the one at `first`.
    std::size_t end_of_turn(std::size_t first) const
    {
        const auto& order = setup_.plan.order;
        std::size_t end = first + 1;
        while (end < order.size() && order[first].turn >= 0 && order[end].turn == order[first].turn) {
            ++end;
        }
        return end;
    }

    /// Those of them that aren't in the file already.
    std::vector<Turn> turns_at_once(std::size_t first)
    {
        std::vector<Turn> turns;
        for (std::size_t position = first; position < end_of_turn(first); ++position) {
            const Slot& slot = setup_.plan.order[position];
            const Case& c = setup_.plan.cases[slot.case_index];
            if (is_stored(slot, c)) {
                setup_.progress.kept(position, c);
                ++stored_;
            } else {
                turns.push_back(
                    {.position = position, .slot = slot, .c = c, .ranks = case_members(c, setup_.topology)});
            }
        }
        return turns;
    }

    /// Collective over world: cases without a rank in common, each measured by its ranks. `next`: position of the slot
    /// that comes after them.
    Signal run_turns(const std::vector<Turn>& turns, std::size_t next)
    {
        const std::size_t position = turns.front().position;
        for (const Turn& turn : turns) {
            setup_.progress.started(turn.position, turn.c, turn.slot.round);
        }
        mark_done(position);  // as far as the others' waiting goes
        auto records = records_of(turns);
        mark_done(position);
        take_snapshots(turns, records);
        Signal mine = Signal::go_on;
        for (std::size_t i = 0; i < turns.size() && mine == Signal::go_on; ++i) {
            if (records[i]) {
                mine = store(turns[i].position, *records[i]);
            }
        }
        if (mine == Signal::go_on && (interrupted_ || setup_.interrupted())) {
            mine = Signal::interrupted;
        }
        if (mine == Signal::go_on && probe_is_due(next)) {
            mine = Signal::probe;
        }
        // Sleeping: what the others may still be measuring must not be disturbed.
        return Signal{setup_.world.allreduce_max_sleeping(static_cast<std::int64_t>(mine))};
    }

    /// Collective over world: the record of each on the writer rank, nothing elsewhere and of rounds that were
    /// interrupted.
    std::vector<std::optional<RecordMessage>> records_of(const std::vector<Turn>& turns)
    {
        std::vector<std::optional<RecordMessage>> records(turns.size());
        for (std::size_t i = 0; i < turns.size(); ++i) {
            const Turn& turn = turns[i];
            if (turn.c.skip.empty()) {
                groups_.begin_case(turn.ranks, algorithm_of(turn.c.what));
                mark_begun(turn, turns.front().position);
                records[i] = measured_here(turn, turns.size() - 1);
            }
        }
        mark_done(turns.front().position);  // other cases of this turn may take longer
        for (std::size_t i = 0; i < turns.size(); ++i) {
            const Turn& turn = turns[i];
            records[i] = turn.c.skip.empty() ? send_record(setup_.world, turn.ranks->front(), writer_rank, records[i])
                                             : skipped(turn.position, turn.slot, turn.c);
        }
        return records;
    }

    /// Collective over world: the state of the machine before and after what was measured.
    void take_snapshots(const std::vector<Turn>& turns, std::vector<std::optional<RecordMessage>>& records)
    {
        std::size_t members = 0;
        for (const Turn& turn : turns) {
            members += turn.c.skip.empty() ? turn.ranks->size() : 0;
        }
        if (!monitor_ || members == 0) {
            return;
        }
        const SnapshotPair machine = monitor_->snapshot_after(members);
        for (std::size_t i = 0; i < turns.size(); ++i) {
            if (records[i] && turns[i].c.skip.empty()) {
                records[i]->round.machine = machine;
            }
        }
    }

    bool takes_part(const Turn& turn) const
    {
        return std::ranges::find(*turn.ranks, setup_.world.rank()) != turn.ranks->end();
    }

    /// Says to the watchdog that this rank is in a case, of those that began at `position`.
    void mark_begun(const Turn& turn, std::size_t position) const
    {
        if (setup_.status != nullptr && takes_part(turn)) {
            setup_.status->begin(static_cast<std::uint32_t>(position));
        }
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

    /// Collective over world, before each turn that is executed: slots that are in the file already end no round.
    void begin_round(int round)
    {
        const bool is_new = std::exchange(round_, round) != round;
        if (is_new && setup_.scenario.communicators == Communicators::fresh) {
            groups_.renew();
        }
    }

    /// Whether a round of the plan, or the plan, ends before the slot at `next`.
    bool round_ends(std::size_t next) const
    {
        const auto& order = setup_.plan.order;
        return next == order.size() || order[next - 1].round != order[next].round;
    }

    /// At the end of a round of the plan, and of the plan. `next`: position of the slot that comes.
    bool probe_is_due(std::size_t next) const
    {
        const bool last = next == setup_.plan.order.size();
        return monitor_ && setup_.world.rank() == writer_rank && round_ends(next) && (last || monitor_->is_due());
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

    /// Collective over the case's ranks: the record on them, nothing elsewhere and where the round was interrupted.
    /// `beside`: other cases that are measured at the same time.
    std::optional<RecordMessage> measured_here(const Turn& turn, std::size_t beside)
    {
        if (!takes_part(turn)) {
            return std::nullopt;
        }
        auto record = measure_as_member(turn.position, turn.slot, turn.c, *turn.ranks);
        if (record) {
            record->round.beside = static_cast<int>(beside);
        }
        return record;
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
        const auto nodes = nodes_of_case(c, setup_.topology);
        CaseRun run({.group = *joined.group,
                     .members = *joined.members,
                     .clock = setup_.backend.clock(),
                     .c = c,
                     .settings = how,
                     .nodes = *nodes});
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
                    mebibytes(more->taken), mebibytes(more->former_most), mebibytes(more->most)));
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
        settings.traffic = setup_.traffic;
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
    int round_ = 0;  ///< of the plan, of the latest turn
    bool interrupted_ = false;
};

}  // namespace

RunOutcome run_plan(const RunSetup& setup)
{
    return PlanExecutor(setup).execute();
}

}  // namespace plumbline
