#include "harness/run/plan_executor.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "harness/host/host_probe.hpp"
#include "harness/probes/make_measurement.hpp"
#include "harness/run/record_transport.hpp"
#include "harness/sampling/measure.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

constexpr int writer_rank = 0;

/// What all ranks agree on after each case; the largest wins.
enum class Signal : std::int64_t {
    go_on,
    probe,  ///< and probe the hosts before the next piece of work
    interrupted,
    store_failed,
};

/// Probes of everything are at least so far apart, so that they take a small share of a run of short rounds.
constexpr double probe_pause_s = 0.5;

/// The ranks of a case with both their planes.
struct Joined {
    std::optional<AlgorithmChoice> by;  ///< of the group; nothing: the library chooses
    std::unique_ptr<Communicator> members;
    std::unique_ptr<Group> group;
    std::unique_ptr<Group> start_group;                ///< null: the group itself brings them to a common start
    std::optional<std::string> failure;                ///< why there is no group: the same on all ranks
    std::unique_ptr<Synchronisation> synchronisation;  ///< after what it refers to
};

std::vector<int> nodes_of(const Topology& topology, const std::vector<int>& ranks)
{
    std::vector<int> nodes;
    std::transform(ranks.begin(), ranks.end(), std::back_inserter(nodes),
                   [&](int rank) { return topology.node_of_rank.at(static_cast<std::size_t>(rank)); });
    return nodes;
}

/// Ranks of the launch from ranks of a case.
std::vector<int> world_ranks(const std::vector<int>& of_case, const std::vector<int>& members)
{
    std::vector<int> ranks;
    std::transform(of_case.begin(), of_case.end(), std::back_inserter(ranks),
                   [&](int rank) { return members.at(static_cast<std::size_t>(rank)); });
    return ranks;
}

class PlanExecutor {
public:
    explicit PlanExecutor(const RunSetup& setup) : setup_(setup) {}

    RunOutcome execute()
    {
        RunOutcome outcome;
        outcome.planned = static_cast<int>(setup_.plan.order.size());
        outcome.cases = static_cast<int>(setup_.plan.cases.size());
        setup_.progress.begin(setup_.plan.order.size(), setup_.plan.cases.size(), time_bound_s(setup_.plan));
        if (setup_.probe_hosts) {
            prober_.emplace(setup_.world, setup_.topology);
            probe_hosts(0);
        }
        for (std::size_t position = 0; position < setup_.plan.order.size(); ++position) {
            const Slot& slot = setup_.plan.order[position];
            const Case& c = setup_.plan.cases[slot.case_index];
            // What can't run was recorded as such by the first launch.
            const bool known_skip = setup_.launch > 0 && !c.skip.empty();
            if (known_skip || setup_.stored.contains({c.id, index_of(slot)})) {
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
    /// Among all pieces of work of the launch.
    int place_of(std::size_t position) const { return setup_.first_position + static_cast<int>(position); }

    /// Of the round within the file.
    int index_of(const Slot& slot) const { return setup_.launch * setup_.scenario.rounds + slot.round; }

    /// Collective over world.
    Signal run_slot(std::size_t position, const Slot& slot, const Case& c)
    {
        setup_.progress.started(position, c, slot.round);
        mark_done(position);  // as far as the others' waiting goes
        const auto ranks = case_ranks(c, setup_.topology);
        auto record = c.skip.empty() ? measure(position, slot, c, ranks) : skipped(position, slot, c);
        mark_done(position);
        if (prober_ && c.skip.empty()) {
            snapshot_after(ranks.size(), record);
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
        // Quietly: what the others may still be measuring must not be disturbed.
        return Signal{setup_.world.allreduce_max_sleeping(static_cast<std::int64_t>(mine))};
    }

    /// Tells the watchdog that nobody waits for this rank.
    void mark_done(std::size_t position) const
    {
        if (setup_.status != nullptr) {
            setup_.status->set({.position = static_cast<std::uint32_t>(position), .phase = RankPhase::done});
        }
    }

    /// Collective over world.
    void probe_hosts(std::size_t position)
    {
        const HostProbe probe = prober_->take(place_of(position));
        last_look_ = prober_->look();
        if (setup_.world.rank() == writer_rank) {
            setup_.sink.note(probe);
        }
        probed_ = std::chrono::steady_clock::now();
    }

    /// Collective over world: puts the state of the machine before and after its round into the record.
    void snapshot_after(std::size_t members, std::optional<RecordMessage>& record)
    {
        if (members < static_cast<std::size_t>(setup_.world.size())) {
            setup_.world.allreduce_max_sleeping(0);  // who sits the case out must not wait at full speed
        }
        auto now = prober_->look();
        if (record) {
            record->round.machine = {.before = last_look_, .after = now};
        }
        last_look_ = std::move(now);
    }

    /// At the end of a round of the plan, and of the plan.
    bool probe_is_due(std::size_t position) const
    {
        const auto& order = setup_.plan.order;
        const bool last = position + 1 == order.size();
        const bool round_ends = last || order[position].round != order[position + 1].round;
        const std::chrono::duration<double> since = std::chrono::steady_clock::now() - probed_;
        return prober_ && setup_.world.rank() == writer_rank && round_ends && (last || since.count() >= probe_pause_s);
    }

    /// The record on the writer rank, nothing elsewhere.
    std::optional<RecordMessage> skipped(std::size_t position, const Slot& slot, const Case& c) const
    {
        RecordMessage record;
        record.header.id = c.id;
        record.header.what = c.what;
        record.header.status = CaseStatus::skipped;
        record.header.why = c.skip;
        record.round.index = index_of(slot);
        record.round.launch = setup_.launch;
        record.round.position = place_of(position);
        return setup_.world.rank() == writer_rank ? std::optional(record) : std::nullopt;
    }

    std::optional<RecordMessage> measure(std::size_t position, const Slot& slot, const Case& c,
                                         const std::vector<int>& ranks)
    {
        const int me = setup_.world.rank();
        const int case_root = ranks.front();
        const bool member = std::find(ranks.begin(), ranks.end(), me) != ranks.end();
        std::optional<RecordMessage> record;
        if (member && setup_.status != nullptr) {
            setup_.status->begin(static_cast<std::uint32_t>(position));
        }
        if (member) {
            const Joined& joined = join(ranks, algorithm_of(c.what));
            if (joined.failure) {
                return failed_to_join(position, slot, c, ranks, *joined.failure);
            }
            Measurement measurement = measure_with(joined, c, ranks, index_of(slot));
            measurement.round.index = index_of(slot);
            measurement.round.launch = setup_.launch;
            measurement.round.position = place_of(position);
            interrupted_ = measurement.interrupted;
            if (measurement.broken) {
                forget_within(ranks);
            }
            if (me == case_root) {
                record = RecordMessage{std::move(measurement.header), std::move(measurement.round)};
            }
        }
        return case_root == writer_rank ? record : send_to_writer(case_root, std::move(record));
    }

    /// Collective over the case's ranks.
    Measurement measure_with(const Joined& joined, const Case& c, const std::vector<int>& ranks, int round)
    {
        MeasureSettings how = settings(*joined.synchronisation);
        how.round = round;
        joined.group->announce_concurrent_ranks(ranks);
        how.join_subgroup = [&](const std::vector<int>& subgroup) -> Group& { return group_of(subgroup, ranks); };
        how.join_subgroups = [&](const std::vector<std::vector<int>>& subgroups) {
            return groups_of(subgroups, joined, ranks);
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

    /// Of these ranks of the case that has `ranks`. Collective over them the first time. Throws BackendError.
    Group& group_of(const std::vector<int>& subgroup, const std::vector<int>& ranks)
    {
        const Joined& its = join(world_ranks(subgroup, ranks));
        if (its.failure) {
            throw BackendError("joining a team", 0, *its.failure);
        }
        its.group->announce_concurrent_ranks(ranks);
        return *its.group;
    }

    /// Of the subgroups of this rank. Collective over the case, which has `ranks` and is joined as `whole`.
    std::vector<Group*> groups_of(const std::vector<std::vector<int>>& subgroups, const Joined& whole,
                                  const std::vector<int>& ranks)
    {
        if (GroupSplitting* const splitting = setup_.backend.group_splitting()) {
            split_off(*splitting, subgroups, whole, ranks);
        }
        FirstFailure failure;
        std::vector<Group*> groups;
        for (const std::vector<int>& subgroup : subgroups) {
            failure.attempt([&] { groups.push_back(&group_of(subgroup, ranks)); });
        }
        failure.rethrow();
        return groups;
    }

    /// Collective over the case: makes the groups of subgroups that aren't known yet out of that of the whole case.
    void split_off(GroupSplitting& splitting, const std::vector<std::vector<int>>& subgroups, const Joined& whole,
                   const std::vector<int>& ranks)
    {
        const auto places =
            static_cast<std::size_t>(whole.members->allreduce_max(static_cast<std::int64_t>(subgroups.size())));
        for (std::size_t place = 0; place < places; ++place) {
            std::vector<int> mine;
            if (place < subgroups.size()) {
                mine = world_ranks(subgroups[place], ranks);
            }
            const bool is_new = !mine.empty() && find_joined(mine, std::nullopt) == joined_.end();
            if (whole.members->allreduce_max(is_new ? 1 : 0) == 0) {
                continue;
            }
            Joined subgroup;
            subgroup.members = is_new ? setup_.world.subgroup(mine) : nullptr;
            const auto failure =
                try_to_join([&] { subgroup.group = splitting.split(*whole.group, subgroup.members.get()); });
            if (const auto why = earliest_error(*whole.members, failure)) {
                throw BackendError("splitting teams off", 0, *why);
            }
            if (is_new) {
                complete(subgroup, mine);
                joined_.push_back(std::move(subgroup));
            }
        }
    }

    /// The record of a case whose ranks can't be joined.
    std::optional<RecordMessage> failed_to_join(std::size_t position, const Slot& slot, const Case& c,
                                                const std::vector<int>& ranks, const std::string& why)
    {
        RecordMessage record;
        record.header.id = c.id;
        record.header.what = c.what;
        record.header.world_ranks = ranks;
        record.header.status = CaseStatus::failed;
        record.header.why = why;
        record.round.index = index_of(slot);
        record.round.launch = setup_.launch;
        record.round.position = place_of(position);
        const int case_root = ranks.front();
        const auto mine = setup_.world.rank() == case_root ? std::optional(record) : std::nullopt;
        return case_root == writer_rank ? mine : send_to_writer(case_root, mine);
    }

    /// Groups of these ranks, and of subgroups of them, are joined anew when they are needed again.
    void forget_within(const std::vector<int>& ranks)
    {
        std::erase_if(joined_, [&](const Joined& joined) {
            const auto members = joined.members->members();
            return std::all_of(members.begin(), members.end(),
                               [&](int rank) { return std::find(ranks.begin(), ranks.end(), rank) != ranks.end(); });
        });
    }

    /// From the case's root to the writer rank; an interrupted round arrives as nothing.
    std::optional<RecordMessage> send_to_writer(int case_root, std::optional<RecordMessage> record)
    {
        const int me = setup_.world.rank();
        if (me == case_root) {
            setup_.world.send(interrupted_ ? std::vector<std::byte>() : pack(*record), writer_rank);
            return std::nullopt;
        }
        if (me != writer_rank) {
            return std::nullopt;
        }
        const auto bytes = setup_.world.receive(case_root);
        if (bytes.empty()) {
            return std::nullopt;
        }
        return unpack(bytes);
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
        return Signal::go_on;
    }

    /// Collective over world.
    void add_library_log()
    {
        std::string text;
        for (const auto& [name, value] : setup_.backend.library_log()) {
            text += in_one_line(name) + '\n' + in_one_line(value) + '\n';
        }
        const auto logs = gather_texts(setup_.world, text, writer_rank);
        if (!logs.empty()) {
            setup_.sink.add_library_log(differences(logs));
        }
    }

    static std::string in_one_line(std::string text)
    {
        std::ranges::replace(text, '\n', ' ');
        return text;
    }

    /// All that the first rank says, and what others say that it doesn't.
    static Facts differences(const std::vector<std::string>& logs)
    {
        Facts facts;
        for (std::size_t rank = 0; rank < logs.size(); ++rank) {
            std::istringstream lines(logs[rank]);
            for (std::string name, value; std::getline(lines, name) && std::getline(lines, value);) {
                const bool known = std::ranges::find(facts, std::pair(name, value)) != facts.end();
                if (rank == 0) {
                    facts.emplace_back(name, value);
                } else if (!known) {
                    facts.emplace_back(fmt::format("{} on rank {}", name, rank), value);
                }
            }
        }
        return facts;
    }

    void finish(RunOutcome& outcome)
    {
        if (!outcome.store_error.empty()) {
            return;
        }
        add_library_log();
        try {
            setup_.sink.finish(!outcome.interrupted);
        } catch (const StoreError& error) {
            store_error_ = error.what();
        }
        const bool failed = setup_.world.allreduce_max_sleeping(store_error_ ? 1 : 0) != 0;
        outcome.store_error = failed ? store_error_.value_or("see rank 0") : "";
    }

    /// Collective over `ranks` the first time; communicators are dear, so they are kept.
    const Joined& join(const std::vector<int>& ranks, const std::optional<AlgorithmChoice>& by = std::nullopt)
    {
        auto entry = find_joined(ranks, by);
        if (entry == joined_.end()) {
            Joined joined;
            joined.by = by;
            joined.members = setup_.world.subgroup(ranks);
            join_group(joined);
            if (!joined.failure) {
                complete(joined, ranks);
            }
            entry = joined_.insert(joined_.end(), std::move(joined));
        }
        return *entry;
    }

    std::list<Joined>::iterator find_joined(const std::vector<int>& ranks, const std::optional<AlgorithmChoice>& by)
    {
        return std::find_if(joined_.begin(), joined_.end(), [&](const Joined& joined) {
            return joined.by == by && std::ranges::equal(joined.members->members(), ranks);
        });
    }

    /// Collective over its members, which are `ranks` of the launch: how they come to a common start.
    void complete(Joined& joined, const std::vector<int>& ranks)
    {
        joined.start_group =
            setup_.sync_backend == nullptr ? nullptr : setup_.sync_backend->make_group(*joined.members);
        joined.synchronisation = std::make_unique<Synchronisation>(
            joined.start_group ? *joined.start_group : *joined.group, *joined.members, setup_.backend.clock(),
            setup_.scenario.sync, nodes_of(setup_.topology, ranks));
    }

    /// Collective over its members. Throws BackendError where the library doesn't survive it.
    void join_group(Joined& joined)
    {
        const auto failure = try_to_join([&] {
            // A plan names algorithms only where the backend has a selection.
            joined.group = joined.by ? setup_.backend.algorithm_selection()->make_group(*joined.by, *joined.members)
                                     : setup_.backend.make_group(*joined.members);
        });
        joined.failure = earliest_error(*joined.members, failure);
        if (joined.failure) {
            joined.group.reset();
        }
    }

    /// What this rank says of `work` where the backend fails at it; throws where the library doesn't survive that.
    template <class Work>
    std::optional<Failure> try_to_join(Work work) const
    {
        const auto begin = std::chrono::steady_clock::now();
        const auto failure = [&](const std::string& why, FailureOrigin origin) {
            const std::chrono::duration<double> after = std::chrono::steady_clock::now() - begin;
            return Failure{.why = fmt::format("rank {}: {}", setup_.world.rank(), why),
                           .after_s = after.count(),
                           .origin = origin};
        };
        try {
            work();
        } catch (const BackendError& error) {
            if (!setup_.backend.info().survives_failure) {
                throw;
            }
            return failure(error.what(), error.origin());
        } catch (const std::bad_alloc&) {
            if (!setup_.backend.info().survives_failure) {
                throw;
            }
            return failure("not enough memory to join the others", FailureOrigin::here);
        }
        return std::nullopt;
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
    std::list<Joined> joined_;          ///< each over other world ranks: its members' members()
    std::optional<HostProber> prober_;  ///< on all ranks or on none
    HostSnapshot last_look_;            ///< on the writer rank
    std::chrono::steady_clock::time_point probed_;
    std::optional<std::string> store_error_;
    int stored_ = 0;
    bool interrupted_ = false;
};

}  // namespace

RunOutcome run_plan(const RunSetup& setup)
{
    return PlanExecutor(setup).execute();
}

}  // namespace plumbline
