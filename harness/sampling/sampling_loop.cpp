#include "harness/sampling/sampling_loop.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/hash.hpp"
#include "harness/sampling/sample_columns.hpp"
#include "harness/sampling/stopping.hpp"
#include "harness/util/timing.hpp"
#include "results/statistics/statistics.hpp"

#include <fmt/format.h>
#include <algorithm>

namespace plumbline {

SamplingLoop::SamplingLoop(Group& group, Communicator& members, const Clock& clock, const Case& c, PreparedCase& bound,
                           const MeasureSettings& settings)
    : group_(group),
      members_(members),
      clock_(clock),
      case_(c),
      bound_(bound),
      settings_(settings),
      library_barrier_(make_barrier_alignment(group)),
      log_(members, bound),
      start_sync_(settings.synchronisation != nullptr ? settings.synchronisation->start_sync() : *library_barrier_)
{
    const auto most = static_cast<std::size_t>(std::max(c.stop.warmup, 1) + 1 + c.stop.max_samples);
    mine_.reserve(most);
    starts_.reserve(most);
    slowest_.reserve(most);
    log_.reserve(most);
    device_.reserve(most);
    batches_.reserve(most);
}

std::optional<std::string> SamplingLoop::warm_up()
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

std::optional<std::string> SamplingLoop::run(std::optional<StopReason>& stop)
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

Round SamplingLoop::collect()
{
    Round round;
    round.seconds = gather_matrix(members_, mine_);
    round.warmup = flags_;
    round.batch = batches_;
    collect_starts(round);
    device_.collect(members_, round,
                    [this](const std::vector<double>& column) { return gather_matrix(members_, column); });
    log_.collect(round, [this](const std::vector<double>& column) { return gather_matrix(members_, column); });
    return round;
}

std::size_t SamplingLoop::random_sample() const
{
    return static_cast<std::size_t>(hashed(static_cast<std::uint64_t>(case_.id), 0) %
                                    static_cast<std::uint64_t>(case_.stop.min_samples)) +
           1;
}

void SamplingLoop::take_slice(std::size_t next_check)
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

void SamplingLoop::take_fresh_sample()
{
    if (verifies_) {
        attempt([&] { bound_.reset_data(); });
    }
    take_sample(Use::flagged);
}

template <class Work>
void SamplingLoop::attempt(Work work)
{
    failure_.attempt(group_, work);
}

std::optional<std::string> SamplingLoop::agree_on_failure()
{
    return failure_.agree(group_);
}

void SamplingLoop::take_traced_sample()
{
    log_.begin_trace();
    const double begin_s = take_sample(Use::flagged);
    log_.end_trace(mine_.size() - 1, begin_s);
}

void SamplingLoop::take_isolated()
{
    constexpr std::size_t most_isolated = 12;
    if (!log_.can_isolate() || log_.isolated() == most_isolated) {
        return;
    }
    for (const StepSubset subset : {StepSubset::compute, StepSubset::communication}) {
        bound_.workload()->run_next(subset);
        start_sync_.synchronize();
        double seconds = 0;
        attempt([&] { seconds = time_sample(bound_.operation(), clock_, 1).seconds; });
        log_.add_isolated(subset, seconds);
    }
}

std::optional<std::string> SamplingLoop::objection_to_data()
{
    std::optional<std::string> wrong;
    if (verifies_) {
        attempt([&] { wrong = check(); });
    }
    if (auto why = agree_on_failure()) {
        return why;
    }
    return verifies_ ? first_error(members_, wrong) : std::nullopt;
}

double SamplingLoop::take_sample(Use use)
{
    tell(settings_, RankPhase::aligning);
    start_sync_.synchronize();
    const bool late = start_sync_.late();
    tell(settings_, RankPhase::inside);
    Sample sample;
    attempt([&] { sample = time_sample(bound_.operation(), clock_, batch_); });
    mine_.push_back(sample.seconds);
    starts_.add(sample.begin_s, late);
    batches_.push_back(batch_);
    flags_.push_back(use == Use::flagged ? 1 : 0);
    log_.add();
    bool told = false;
    attempt([&] {
        device_.add(bound_.operation());
        told = true;
    });
    if (!told) {
        device_.add_nothing();
    }
    return sample.begin_s;
}

void SamplingLoop::exchange()
{
    tell(settings_, RankPhase::communicating);
    const std::size_t known = slowest_.size();
    std::vector<double> news(mine_.begin() + static_cast<std::ptrdiff_t>(known), mine_.end());
    news.push_back(spent_s_);
    news.push_back(settings_.interrupted() ? 1 : 0);
    members_.allreduce_max_each(news);
    interrupted_ = news.back() > 0;
    spent_s_ = news[news.size() - 2];
    for (std::size_t i = known; i < mine_.size(); ++i) {
        slowest_.push_back(news[i - known]);
        if (flags_[i] == 0) {
            timed_.push_back(news[i - known]);
        }
    }
}

void SamplingLoop::choose_batch()
{
    constexpr int most_looks = 3;
    constexpr double most_cold = 10;  // times as long as a settled one
    if (slowest_.back() >= most_cold * shortest_sample_s(settings_.clock_cost_s)) {
        return;
    }
    batch_ = batch_for(slowest_.back(), settings_.clock_cost_s);
    for (int look = 0; look < most_looks; ++look) {
        take_sample(Use::flagged);
        exchange();
        const std::uint32_t better = batch_for(slowest_.back(), settings_.clock_cost_s);
        if (better <= batch_) {
            return;
        }
        batch_ = better;
    }
}

std::optional<std::string> SamplingLoop::check()
{
    if (bound_.consumes_input() && batch_ > 1) {
        bound_.reset_data();
        group_.synchronize();
        bound_.operation().start();
        bound_.operation().finish();
    }
    return bound_.check_data();
}

void SamplingLoop::report() const
{
    if (settings_.progress && members_.rank() == case_root) {
        settings_.progress(timed_.size(), median(timed_), median_interval(timed_, case_.stop.confidence));
    }
}

void SamplingLoop::collect_starts(Round& round)
{
    round.synchronisation = name(start_sync_.mode());
    if (settings_.synchronisation == nullptr) {
        return;
    }
    if (const auto& common_clock = settings_.synchronisation->common_clock()) {
        std::vector<double> error_s{starts_.error_s(*common_clock)};
        members_.allreduce_max_each(error_s);
        round.clock_error_s = error_s.front();
        round.start_offset_s = offsets_from_earliest(gather_matrix(members_, starts_.on(*common_clock)));
    }
    if (start_sync_.mode() == SyncMode::window) {
        std::vector<double> late = starts_.late();
        members_.allreduce_max_each(late);
        round.late.assign(late.begin(), late.end());
    }
}

}  // namespace plumbline
