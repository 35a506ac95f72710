#include "harness/runner.hpp"

#include "collectives/error.hpp"
#include "harness/measure.hpp"
#include "harness/record_wire.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

namespace {

constexpr int recorder = 0;

/// What all ranks agree on after each case; the largest wins.
enum class Signal : std::int64_t { go_on, interrupted, store_failed };

/// The ranks of a case with both their planes.
struct Joined {
    std::unique_ptr<Communicator> members;
    std::unique_ptr<Group> group;
};

class PlanRun {
public:
    explicit PlanRun(const RunSetup& setup) : setup_(setup) {}

    RunOutcome carry_out()
    {
        RunOutcome outcome;
        outcome.planned = static_cast<int>(setup_.plan.order.size());
        setup_.progress.begin(setup_.plan.order.size(), time_bound_s(setup_.plan));
        for (std::size_t position = 0; position < setup_.plan.order.size(); ++position) {
            const Slot& slot = setup_.plan.order[position];
            const Case& c = setup_.plan.cases[slot.case_index];
            if (setup_.stored.contains({c.id, slot.round})) {
                setup_.progress.kept(position, c);
                ++stored_;
                continue;
            }
            const Signal signal = do_slot(position, slot, c);
            outcome.interrupted = signal == Signal::interrupted;
            outcome.store_error = signal == Signal::store_failed ? store_error_.value_or("see rank 0") : "";
            if (signal != Signal::go_on) {
                break;
            }
        }
        outcome.stored = stored_;
        finish(outcome);
        return outcome;
    }

private:
    /// Collective over world.
    Signal do_slot(std::size_t position, const Slot& slot, const Case& c)
    {
        setup_.progress.started(position, c, slot.round);
        const auto ranks = case_ranks(c, setup_.topology);
        const auto record = c.skip.empty() ? measure(position, slot, c, ranks) : skipped(position, slot, c);
        Signal mine = Signal::go_on;
        if (record && !interrupted_) {
            mine = store(position, *record);
        }
        if (mine == Signal::go_on && (interrupted_ || setup_.interrupted())) {
            mine = Signal::interrupted;
        }
        // Quietly: what the others may still be measuring must not be disturbed.
        return Signal{setup_.world.max_quietly(static_cast<std::int64_t>(mine))};
    }

    /// The record on the recorder, nothing elsewhere.
    std::optional<WireRecord> skipped(std::size_t position, const Slot& slot, const Case& c) const
    {
        WireRecord record;
        record.header.id = c.id;
        record.header.what = c.what;
        record.header.status = CaseStatus::skipped;
        record.header.why = c.skip;
        record.round.index = slot.round;
        record.round.position = static_cast<int>(position);
        return setup_.world.rank() == recorder ? std::optional(record) : std::nullopt;
    }

    std::optional<WireRecord> measure(std::size_t position, const Slot& slot, const Case& c,
                                      const std::vector<int>& ranks)
    {
        const int me = setup_.world.rank();
        const int reporter = ranks.front();
        const bool member = std::find(ranks.begin(), ranks.end(), me) != ranks.end();
        std::optional<WireRecord> record;
        if (member) {
            const Joined& joined = join(ranks);
            Measurement measurement =
                measure_round(*joined.group, *joined.members, setup_.backend.clock(), setup_.scenario, c, settings());
            measurement.round.index = slot.round;
            measurement.round.position = static_cast<int>(position);
            interrupted_ = measurement.interrupted;
            if (me == reporter) {
                record = WireRecord{std::move(measurement.header), std::move(measurement.round)};
            }
        }
        return reporter == recorder ? record : hop(reporter, std::move(record));
    }

    /// From the case's reporter to the recorder; an interrupted round arrives as nothing.
    std::optional<WireRecord> hop(int reporter, std::optional<WireRecord> record)
    {
        const int me = setup_.world.rank();
        if (me == reporter) {
            setup_.world.send(interrupted_ ? std::vector<std::byte>() : pack(*record), recorder);
            return std::nullopt;
        }
        if (me != recorder) {
            return std::nullopt;
        }
        const auto bytes = setup_.world.receive(reporter);
        if (bytes.empty()) {
            return std::nullopt;
        }
        return unpack(bytes);
    }

    Signal store(std::size_t position, const WireRecord& record)
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

    void finish(RunOutcome& outcome)
    {
        if (!outcome.store_error.empty()) {
            return;
        }
        try {
            setup_.sink.finish(!outcome.interrupted);
        } catch (const StoreError& error) {
            store_error_ = error.what();
        }
        const bool failed = setup_.world.max_quietly(store_error_ ? 1 : 0) != 0;
        outcome.store_error = failed ? store_error_.value_or("see rank 0") : "";
    }

    /// Collective over `ranks` the first time; communicators are dear, so they are kept.
    const Joined& join(const std::vector<int>& ranks)
    {
        auto entry = joined_.find(ranks);
        if (entry == joined_.end()) {
            Joined joined;
            joined.members = setup_.world.subgroup(ranks);
            joined.group = setup_.backend.join(*joined.members);
            entry = joined_.emplace(ranks, std::move(joined)).first;
        }
        return entry->second;
    }

    MeasureSettings settings() const
    {
        MeasureSettings settings;
        settings.verify = setup_.scenario.verify;
        settings.batch = setup_.scenario.batch;
        settings.clock_cost_s = setup_.clock_cost_s;
        settings.interrupted = setup_.interrupted;
        settings.progress = [this](std::size_t samples, std::optional<double> median_s,
                                   std::optional<Interval> interval) {
            setup_.progress.sampled(samples, median_s, interval);
        };
        return settings;
    }

    const RunSetup& setup_;
    std::map<std::vector<int>, Joined> joined_;
    std::optional<std::string> store_error_;
    int stored_ = 0;
    bool interrupted_ = false;
};

}  // namespace

RunOutcome run_plan(const RunSetup& setup)
{
    return PlanRun(setup).carry_out();
}

}  // namespace plumbline
