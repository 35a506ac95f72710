// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/sampling_loop.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/hash.hpp"
#include "harness/sampling/choose_batch.hpp"
#include "harness/sampling/sample_columns.hpp"
#include "harness/sampling/stopping.hpp"
#include "harness/util/timing.hpp"
#include "results/statistics/statistics.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>
#include <utility>

namespace plumbline {

namespace {

CaseOnRank case_on_rank(const CaseContext& ranks)
{
    return {.group = ranks.group,
            .clock = ranks.clock,
            .c = ranks.c,
            .world_rank = ranks.members.world_rank(),
            .largest = largest_over(ranks.members),
            .memory = ranks.settings.verify ? MemoryUse::data : MemoryUse::scratch,
            .traffic = ranks.settings.traffic};
}

}  // namespace

SamplingLoop::SamplingLoop(CaseRun& run, PreparedCase bound)
    : group_(run.ranks.group),
      members_(run.ranks.members),
      clock_(run.ranks.clock),
      case_(run.ranks.c),
      settings_(run.ranks.settings),
      failure_(run.failure),
      start_(run.start),
      bound_(std::move(bound))
{
}

SamplingLoop::SamplingLoop(CaseRun& run, const CollectiveSpec& spec)
    : SamplingLoop(run, PreparedCase(case_on_rank(run.ranks), spec))
{
}

SamplingLoop::SamplingLoop(CaseRun& run, WorkloadOnRank workload)
    : SamplingLoop(run, PreparedCase(case_on_rank(run.ranks), std::move(workload), run.ranks.settings.join_subgroups))
{
}

Requirements SamplingLoop::requirements() const
{
    const auto why_not = bound_.unverifiable_reason();
    return {.total_bytes = bound_.total_bytes(),
            .bus_factor = bound_.bus_factor(),
            .closed_forms = bound_.closed_forms(),
            .verification = why_not ? Verification::not_verifiable : Verification::verified,
            .verification_note =
                why_not.value_or("every element on every rank, at the start, after a random sample and at the end")};
}

std::optional<std::string> SamplingLoop::run()
{
    begin();
    auto wrong = warm_up();
    return wrong ? wrong : take_samples();
}

void SamplingLoop::begin()
{
    log_.emplace(members_, bound_);
    constexpr std::size_t at_once = 1'000'000;  // whoever takes more samples has the time to get room for them
    const auto most = std::min(at_once, static_cast<std::size_t>(std::max(case_.stop.warmup, 1)) + 1 +
                                            static_cast<std::size_t>(case_.stop.max_samples));
    mine_.reserve(most);
    start_.reserve(most);
    slowest_.reserve(most);
    log_->reserve(most);
    device_.reserve(most);
    batches_.reserve(most);
}

std::optional<std::string> SamplingLoop::warm_up()
{
    const int needed = settings_.batch == 0 || verifies_ ? 1 : 0;
    const bool is_chain = bound_.chain() > 1;  // which is its own batch
    batch_ = is_chain ? 1 : std::max<std::uint32_t>(settings_.batch, 1);
    for (int i = std::max(case_.stop.warmup, needed); i > 1; --i) {
        take_sample(Use::flagged);
    }
    if (std::max(case_.stop.warmup, needed) > 0) {
        take_fresh_sample();
    }
    if (verifies_ && settings_.round == 0) {
        see_all_ranks();
    }
    if (log_->can_trace()) {
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
    if (settings_.batch == 0 && !is_chain && bound_.workload() == nullptr) {
        settle_batch();
    }
    return wrong;
}

std::optional<std::string> SamplingLoop::take_samples()
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
        const bool may_stop = !interrupted_ && timed_.size() >= samples_that_must_be();
        stop_ = may_stop ? stop_decision(case_.stop, timed_, spent_s_) : std::nullopt;
        if (verifies_ && (stop_ || timed_.size() == next_check)) {
            next_check = never;
            take_fresh_sample();
            if (auto wrong = objection_to_data()) {
                return wrong;
            }
        }
        report();
        if (stop_ || interrupted_) {
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
    round.stop = stop_.value_or(StopReason::budget);
    start_.collect(round);
    device_.collect(members_, round,
                    [this](const std::vector<double>& column) { return gather_matrix(members_, column); });
    log_->collect(round, [this](const std::vector<double>& column) { return gather_matrix(members_, column); });
    return round;
}

std::size_t SamplingLoop::random_sample() const
{
    return static_cast<std::size_t>(hashed(static_cast<std::uint64_t>(case_.id), 0) %
                                    static_cast<std::uint64_t>(case_.stop.min_samples)) +
           1;
}

std::size_t SamplingLoop::samples_that_must_be() const
{
    return next_chunk(case_.stop, 0, 0, 0);
}

void SamplingLoop::take_slice(std::size_t next_check)
{
    const double last_s = timed_.empty() ? 0 : timed_.back() * executions();
    take_isolated();
    std::size_t samples = next_chunk(case_.stop, timed_.size(), last_s, settings_.slice_s);
    if (!slowest_.empty() && timed_.size() < samples_that_must_be()) {
        // They are taken without a pause, as far as this is no matter of many seconds, for which nobody would look at a
        // signal: a warm-up tells how long one takes.
        const double expected_s = timed_.empty() ? slowest_.back() * executions() : last_s;
        samples = next_chunk(case_.stop, timed_.size(), expected_s, longest_first_slice_s);
    }
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

void SamplingLoop::see_all_ranks()
{
    const std::uint64_t executions = bound_.executions_to_see_all_ranks();
    for (std::uint64_t i = 1; i < executions; ++i) {
        attempt([&] {
            keep_objection(check());
            bound_.count_others();
            bound_.reset_data();
            bound_.operation().start();
            bound_.operation().finish();
        });
    }
}

void SamplingLoop::keep_objection(std::optional<std::string> wrong)
{
    if (wrong && !wrong_) {
        wrong_ = std::move(wrong);
        wrong_here_ = static_cast<double>(bound_.count_wrong());
    }
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
    log_->begin_trace();
    const double begin_s = take_sample(Use::flagged);
    log_->end_trace(mine_.size() - 1, begin_s);
}

void SamplingLoop::take_isolated()
{
    constexpr std::size_t most_isolated = 12;
    if (!log_->can_isolate() || log_->isolated() == most_isolated) {
        return;
    }
    const bool compute_first = log_->isolated() % 2 == 0;  // by turns: what comes first may find another machine
    for (const StepSubset subset : {compute_first ? StepSubset::compute : StepSubset::communication,
                                    compute_first ? StepSubset::communication : StepSubset::compute}) {
        bound_.workload()->run_next(subset);
        start_.synchronize();
        double seconds = 0;
        attempt([&] { seconds = time_sample(bound_.operation(), clock_, 1).seconds; });
        log_->add_isolated(subset, seconds);
    }
}

std::optional<std::string> SamplingLoop::objection_to_data()
{
    if (verifies_) {
        attempt([&] { keep_objection(check()); });
    }
    if (auto why = agree_on_failure()) {
        return why;
    }
    auto objection = verifies_ ? first_error(members_, wrong_) : std::nullopt;
    if (objection) {
        const auto counts = gather_values(members_, wrong_here_, case_root);
        const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
        wrong_elements_ = all > 0 ? std::optional(all) : std::nullopt;
    }
    return objection;
}

double SamplingLoop::take_sample(Use use)
{
    start_.begin_sample();
    Sample sample;
    attempt([&] { sample = time_sample(bound_.operation(), clock_, batch_, bound_.chain()); });
    mine_.push_back(sample.seconds);
    start_.note(sample.begin_s);
    batches_.push_back(executions());
    flags_.push_back(use == Use::flagged ? 1 : 0);
    log_->add();
    bool told = false;
    attempt([&] {
        device_.add(bound_.operation(), bound_.chain());
        told = true;
    });
    if (!told) {
        device_.add_nothing();
    }
    return sample.begin_s;
}

void SamplingLoop::exchange()
{
    report_phase(settings_, RankPhase::communicating);
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

void SamplingLoop::settle_batch()
{
    batch_ = choose_batch(slowest_.back(), settings_.clock_cost_s, [this](std::uint32_t batch) {
        batch_ = batch;
        take_sample(Use::flagged);
        exchange();
        return std::optional(slowest_.back());
    });
}

std::optional<std::string> SamplingLoop::check()
{
    if (bound_.consumes_input(batch_)) {
        bound_.reset_data();
        group_.synchronize();
        bound_.single_execution().start();
        bound_.single_execution().finish();
    }
    return bound_.check_data();
}

void SamplingLoop::report() const
{
    if (settings_.progress && members_.rank() == case_root) {
        settings_.progress(timed_.size(), median(timed_), median_interval(timed_, case_.stop.confidence));
    }
}

}  // namespace plumbline
