#include "harness/measure.hpp"

#include "collectives/agreement.hpp"
#include "collectives/error.hpp"
#include "harness/bound_case.hpp"
#include "harness/device_log.hpp"
#include "harness/interference.hpp"
#include "harness/library_failure.hpp"
#include "harness/stopping.hpp"
#include "harness/workload_log.hpp"
#include "results/statistics.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

constexpr int reporter = 0;
constexpr double clock_readings_per_sample = 200;
constexpr std::uint32_t most_executions_per_sample = 10000;

double unix_now_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Sample {
    double begin_s = 0;
    double seconds = 0;  ///< of one execution
};

/// The timed region: nothing but the operation between the two stamps.
Sample time_sample(Operation& operation, const Clock& clock, std::uint32_t batch)
{
    const double begin = clock.now_s();
    for (std::uint32_t i = 0; i < batch; ++i) {
        operation.start();
        operation.finish();
    }
    const double end = clock.now_s();
    return {.begin_s = begin, .seconds = (end - begin) / batch};
}

std::uint64_t mix(std::uint64_t value)
{
    value += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
}

/// Samples of this rank, and of the slowest rank, while a round goes on.
class RoundInProgress {
public:
    RoundInProgress(Group& group, Communicator& members, const Clock& clock, const Case& c, BoundCase& bound,
                    const MeasureSettings& settings)
        : group_(group),
          members_(members),
          clock_(clock),
          case_(c),
          bound_(bound),
          settings_(settings),
          library_barrier_(make_barrier_alignment(group)),
          log_(members, bound),
          alignment_(settings.synchronisation != nullptr ? settings.synchronisation->alignment() : *library_barrier_)
    {
        const auto most = static_cast<std::size_t>(std::max(c.stop.warmup, 1) + 1 + c.stop.max_samples);
        mine_.reserve(most);
        starts_.reserve(most);
        slowest_.reserve(most);
        log_.reserve(most);
        device_.reserve(most);
        batches_.reserve(most);
    }

    /// Returns the objection to the data of the last warm-up, if any.
    std::optional<std::string> warm_up()
    {
        const int needed = settings_.batch == 0 || verifies_ ? 1 : 0;
        batch_ = std::max<std::uint32_t>(settings_.batch, 1);
        for (int i = std::max(case_.stop.warmup, needed); i > 1; --i) {
            take_sample(Use::flagged);
        }
        if (std::max(case_.stop.warmup, needed) > 0) {
            take_fresh_sample();
        }
        if (log_.can_trace()) {
            take_traced_sample();
        }
        constexpr int isolated_at_first = 3;
        for (int i = 0; i < isolated_at_first; ++i) {
            take_isolated();
        }
        if (auto why = agree_on_failure()) {
            return why;
        }
        exchange();
        const auto wrong = objection_to_data();
        if (settings_.batch == 0 && bound_.workload() == nullptr) {
            choose_batch();
        }
        return wrong;
    }

    /// Sets the stop reason, or nothing when it was interrupted. Returns the objection to the data, if any.
    std::optional<std::string> run(std::optional<StopReason>& stop)
    {
        const double begin = clock_.now_s();
        std::size_t next_check = verifies_ ? random_sample() : never;
        while (true) {
            take_slice(next_check);
            spent_s_ = clock_.now_s() - begin;
            if (auto why = agree_on_failure()) {
                return why;
            }
            exchange();
            stop = interrupted_ ? std::nullopt : stop_decision(case_.stop, timed_, spent_s_);
            if (verifies_ && (stop || timed_.size() == next_check)) {
                next_check = never;
                take_fresh_sample();
                if (auto wrong = objection_to_data()) {
                    return wrong;
                }
            }
            report();
            if (stop || interrupted_) {
                return std::nullopt;
            }
        }
    }

    bool interrupted() const { return interrupted_; }
    /// The library failed on some rank: there is nothing to collect.
    bool broken() const { return failure_.on_some_rank(); }

    /// Collective: the samples of all ranks, on the reporter.
    Round collect()
    {
        Round round;
        round.seconds = gather_matrix(mine_);
        round.warmup = flags_;
        round.batch = batches_;
        collect_starts(round);
        device_.collect(members_, round, [this](const std::vector<double>& column) { return gather_matrix(column); });
        log_.collect(round, [this](const std::vector<double>& column) { return gather_matrix(column); });
        return round;
    }

private:
    enum class Use : std::uint8_t {
        timed,
        flagged,  ///< kept, but not in the statistics
    };
    static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
    /// A sample longer than this is too long for what happened before it to matter.
    static constexpr double longest_unsettled_s = 0.02;

    /// The sample after which the data is looked at in mid-case: a random one of those always taken.
    std::size_t random_sample() const
    {
        return static_cast<std::size_t>(mix(static_cast<std::uint64_t>(case_.id)) %
                                        static_cast<std::uint64_t>(case_.stop.min_samples)) +
               1;
    }

    /// The first execution after ranks talked about other things finds cold caches: it is flagged.
    void take_slice(std::size_t next_check)
    {
        const double last_s = timed_.empty() ? 0 : timed_.back() * batch_;
        take_isolated();
        std::size_t samples = next_chunk(case_.stop, timed_.size(), last_s, settings_.slice_s);
        samples = std::min(samples, next_check - timed_.size());
        if (last_s < longest_unsettled_s) {
            take_sample(Use::flagged);
        }
        for (std::size_t i = 0; i < samples; ++i) {
            take_sample(Use::timed);
        }
    }

    /// One more execution, of new data, which disturbs the caches: flagged.
    void take_fresh_sample()
    {
        if (verifies_) {
            attempt([&] { bound_.reset_data(); });
        }
        take_sample(Use::flagged);
    }

    template <class Work>
    void attempt(Work work)
    {
        failure_.attempt(group_, work);
    }

    /// Collective: the failure that came first, on all ranks.
    std::optional<std::string> agree_on_failure() { return failure_.agree(group_); }

    /// One more execution, in which each step's beginning and end are noted: flagged.
    void take_traced_sample()
    {
        log_.begin_trace();
        const double begin_s = take_sample(Use::flagged);
        log_.end_trace(mine_.size() - 1, begin_s);
    }

    /// A workload's compute and its communication alone, for what each takes undisturbed; not among the samples.
    void take_isolated()
    {
        constexpr std::size_t most_isolated = 12;
        if (!log_.can_isolate() || log_.isolated() == most_isolated) {
            return;
        }
        for (const Subset subset : {Subset::compute, Subset::communication}) {
            bound_.workload()->run_next(subset);
            alignment_.align();
            double seconds = 0;
            attempt([&] { seconds = time_sample(bound_.operation(), clock_, 1).seconds; });
            log_.add_isolated(subset, seconds);
        }
    }

    /// Collective: what is wrong with the data of the last sample, the same on all ranks.
    std::optional<std::string> objection_to_data()
    {
        std::optional<std::string> wrong;
        if (verifies_) {
            attempt([&] { wrong = check(); });
        }
        if (auto why = agree_on_failure()) {
            return why;
        }
        return verifies_ ? first_objection(members_, wrong) : std::nullopt;
    }

    /// Returns its start on this rank.
    double take_sample(Use use)
    {
        tell(settings_, RankPhase::aligning);
        alignment_.align();
        const bool late = alignment_.late();
        tell(settings_, RankPhase::inside);
        Sample sample;
        attempt([&] { sample = time_sample(bound_.operation(), clock_, batch_); });
        mine_.push_back(sample.seconds);
        starts_.add(sample.begin_s, late);
        batches_.push_back(batch_);
        flags_.push_back(use == Use::flagged ? 1 : 0);
        log_.add();
        failure_.here() ? device_.add_nothing() : device_.add(bound_.operation());
        return sample.begin_s;
    }

    /// Collective: what all ranks need in order to take the same decision.
    void exchange()
    {
        tell(settings_, RankPhase::talking);
        const std::size_t known = slowest_.size();
        std::vector<double> news(mine_.begin() + static_cast<std::ptrdiff_t>(known), mine_.end());
        news.push_back(spent_s_);
        news.push_back(settings_.interrupted() ? 1 : 0);
        members_.max_each(news);
        interrupted_ = news.back() > 0;
        spent_s_ = news[news.size() - 2];
        for (std::size_t i = known; i < mine_.size(); ++i) {
            slowest_.push_back(news[i - known]);
            if (flags_[i] == 0) {
                timed_.push_back(news[i - known]);
            }
        }
    }

    /// Collective: the batch that makes a sample long enough for the clock. The first execution finds cold caches and
    /// takes longer than those to come, so that the batch is looked at again with samples of its own: flagged.
    void choose_batch()
    {
        constexpr int most_looks = 3;
        constexpr double most_cold = 10;  // times as long as a settled one
        if (slowest_.back() >= most_cold * wanted_sample_s()) {
            return;
        }
        batch_ = batch_for(slowest_.back());
        for (int look = 0; look < most_looks; ++look) {
            take_sample(Use::flagged);
            exchange();
            const std::uint32_t better = batch_for(slowest_.back());
            if (better <= batch_) {
                return;
            }
            batch_ = better;
        }
    }

    double wanted_sample_s() const { return clock_readings_per_sample * settings_.clock_cost_s; }

    std::uint32_t batch_for(double execution_s) const
    {
        if (execution_s <= 0) {
            return 1;
        }
        return static_cast<std::uint32_t>(
            std::clamp(std::ceil(wanted_sample_s() / execution_s), 1.0, double{most_executions_per_sample}));
    }

    /// After a batch that destroyed its own input, one more execution on the same buffers is what can be checked.
    std::optional<std::string> check()
    {
        if (bound_.consumes_input() && batch_ > 1) {
            bound_.reset_data();
            group_.align();
            bound_.operation().start();
            bound_.operation().finish();
        }
        return bound_.check_data();
    }

    void report() const
    {
        if (settings_.progress && members_.rank() == reporter) {
            settings_.progress(timed_.size(), median(timed_), median_interval(timed_, case_.stop.confidence));
        }
    }

    void collect_starts(Round& round)
    {
        round.synchronisation = name(alignment_.mode());
        if (settings_.synchronisation == nullptr) {
            return;
        }
        if (const auto& common_clock = settings_.synchronisation->common_clock()) {
            std::vector<double> error_s{starts_.error_s(*common_clock)};
            members_.max_each(error_s);
            round.clock_error_s = error_s.front();
            round.start_offset_s = offsets_from_earliest(gather_matrix(starts_.on(*common_clock)));
        }
        if (alignment_.mode() == SyncMode::window) {
            std::vector<double> late = starts_.late();
            members_.max_each(late);
            round.late.assign(late.begin(), late.end());
        }
    }

    SampleMatrix gather_matrix(const std::vector<double>& column)
    {
        const auto ranks = static_cast<std::size_t>(members_.size());
        const bool here = members_.rank() == reporter;
        std::vector<double> by_rank(here ? column.size() * ranks : 0);
        members_.gather(std::as_bytes(std::span(column)), std::as_writable_bytes(std::span(by_rank)), reporter);
        SampleMatrix matrix;
        if (!here) {
            return matrix;
        }
        matrix.samples = column.size();
        matrix.ranks = ranks;
        matrix.values.resize(by_rank.size());
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            for (std::size_t sample = 0; sample < column.size(); ++sample) {
                matrix.values[sample * ranks + rank] = by_rank[rank * column.size() + sample];
            }
        }
        return matrix;
    }

    Group& group_;
    Communicator& members_;
    const Clock& clock_;
    const Case& case_;
    BoundCase& bound_;
    const MeasureSettings& settings_;
    std::unique_ptr<Alignment> library_barrier_;
    WorkloadLog log_;
    Alignment& alignment_;
    StartLog starts_;
    std::vector<double> mine_;
    std::vector<double> slowest_;
    std::vector<std::uint32_t> batches_;
    std::vector<double> timed_;  ///< those of slowest_ that are not flagged
    std::vector<std::uint8_t> flags_;
    bool verifies_ = settings_.verify && !bound_.unverifiable_reason();
    std::uint32_t batch_ = 1;
    double spent_s_ = 0;
    bool interrupted_ = false;
    DeviceLog device_;
    LibraryFailure failure_{members_, clock_, settings_};
};

void set_coverage(CaseHeader& header, const BoundCase& bound, const MeasureSettings& settings)
{
    if (!settings.verify) {
        header.coverage = Coverage::off;
        return;
    }
    if (const auto why = bound.unverifiable_reason()) {
        header.coverage = Coverage::not_verifiable;
        header.coverage_note = *why;
        return;
    }
    header.coverage = Coverage::verified;
    header.coverage_note = "every element on every rank, at the start, after a random sample and at the end";
}

/// Why this rank can't go on after trying to take its buffers; nothing when it can.
struct Objection {
    std::optional<std::string> skip;
    std::optional<std::string> fail;
};

/// Collective: every rank's on the reporter.
std::vector<Interference> gather_interference(Communicator& members, const Interference& mine)
{
    std::vector<Interference> ranks;
    for (const auto& numbers : gather_values(members, to_numbers(mine), reporter)) {
        ranks.push_back(interference_from(numbers));
    }
    return ranks;
}

/// Before a round; after it, watched() is collective.
DeviceReading look_at_device(const MeasureSettings& settings)
{
    return settings.read_device ? settings.read_device().value_or(DeviceReading{}) : DeviceReading{};
}

/// Collective: every rank's device on the reporter; nothing where no device tells anything.
std::vector<DeviceWatch> gather_devices(Communicator& members, const MeasureSettings& settings,
                                        const DeviceReading& before)
{
    if (!settings.read_device) {
        return {};
    }
    std::vector<DeviceWatch> ranks;
    for (const auto& numbers : gather_values(members, to_numbers({before, look_at_device(settings)}), reporter)) {
        ranks.push_back(device_watch_from(numbers));
    }
    const bool all_silent = std::ranges::all_of(ranks, [](const DeviceWatch& rank) { return rank == DeviceWatch{}; });
    return all_silent ? std::vector<DeviceWatch>{} : ranks;
}

Objection try_to_prepare(BoundCase& bound, int rank)
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
std::optional<std::string> try_to_connect(BoundCase& bound, int rank)
{
    try {
        bound.connect();
        return std::nullopt;
    } catch (const BackendError& error) {
        return fmt::format("rank {}: {}", rank, error.what());
    }
}

}  // namespace

Measurement measure_round(Group& group, Communicator& members, const Clock& clock, const Scenario& scenario,
                          const Case& c, const MeasureSettings& settings)
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
    BoundCase bound(group, clock, scenario, c, settings.join_team);
    result.header.total_bytes = bound.total_bytes();
    result.header.bus_factor = bound.bus_factor();
    result.header.closed_forms = bound.closed_forms();
    if (auto why = first_objection(members, bound.refusal())) {
        return conclude(CaseStatus::skipped, *why);
    }
    if (settings.synchronisation != nullptr) {
        if (auto why = settings.synchronisation->refusal()) {
            return conclude(CaseStatus::skipped, *why);
        }
        settings.synchronisation->begin_round();
    }
    const Objection mine = try_to_prepare(bound, members.rank());
    if (auto why = first_objection(members, mine.skip)) {
        return conclude(CaseStatus::skipped, *why);
    }
    if (auto why = first_objection(members, mine.fail)) {
        result.broken = settings.survives_failure;
        return conclude(CaseStatus::failed, *why);
    }
    if (auto why = first_objection(members, try_to_connect(bound, members.rank()))) {
        result.broken = settings.survives_failure;
        return conclude(CaseStatus::failed, *why);
    }
    set_coverage(result.header, bound, settings);

    const auto counters = settings.watch_interference ? read_interference_counters() : InterferenceCounters{};
    const DeviceReading device = look_at_device(settings);
    RoundInProgress in_progress(group, members, clock, c, bound, settings);
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

double clock_cost(const Clock& clock)
{
    constexpr int runs = 7;
    constexpr int readings = 1000;
    double least = 1;
    // A simulated clock costs nothing.
    for (int run = 0; run < runs && least > 0; ++run) {
        const double begin = clock.now_s();
        for (int i = 0; i < readings; ++i) {
            static_cast<void>(clock.now_s());
        }
        least = std::min(least, (clock.now_s() - begin) / (readings + 1));
    }
    return least;
}

double empty_operation_cost(const Clock& clock)
{
    class Nothing final : public Operation {
    public:
        void start() override {}
        void finish() override {}
    };
    constexpr std::size_t samples = 1001;
    Nothing nothing;
    std::vector<double> seconds(samples);
    for (double& second : seconds) {
        second = time_sample(nothing, clock, 1).seconds;
    }
    return median(seconds).value_or(0);
}

}  // namespace plumbline
