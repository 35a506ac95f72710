// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/stragglers.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/statistics/change_points.hpp"
#include "results/summaries/rank_excesses.hpp"
#include "results/summaries/repetition_statistics.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace plumbline {
namespace {

constexpr std::size_t least_ranks = 3;  ///< two can't tell which of them is the slow one

/// Of an operation or a workload; network probes are judged otherwise.
bool is_measured_operation(const CaseHeader& header)
{
    return header.status == CaseStatus::measured &&
           pattern_info(header.what.pattern).kind != PatternKind::network_probe;
}

bool can_be_compared(const CaseHeader& header)
{
    return is_measured_operation(header) && header.world_ranks.size() >= least_ranks;
}

/// One number of each rank in each timed sample of a case.
struct RankNumbers {
    std::vector<std::vector<double>> rows;  ///< [sample][rank]; empty where digests stand for them
    std::vector<double> middles_s;          ///< [sample] median of a row
    std::vector<std::size_t> round_of_row;  ///< which round of the case
    std::optional<double> reference_s;      ///< what an excess is a share of; nothing: the middle of the numbers
    double allowance_s = 0;                 ///< the numbers may be off by so much
};

/// What the other ranks of one case say about one of them.
struct SlowCase {
    double excess_s = 0;
    Interval interval_s;
    double reference_s = 0;
    std::string at;
    std::string pattern;
    std::size_t samples = 0;
    double share() const { return excess_s / reference_s; }
};

struct Tally {
    std::size_t cases = 0;
    std::vector<SlowCase> slow;
};

/// A start is off by the clock's error, and so is the one that it is compared with.
double clock_allowance_s(std::span<const Round> rounds)
{
    double error_s = 0;
    for (const Round& round : rounds) {
        error_s = std::max(error_s, round.clock_error_s.value_or(0));
    }
    return 2 * error_s;
}

/// Lengths of the timed samples, of all their executions.
std::vector<double> lengths_s(std::span<const Round> rounds)
{
    std::vector<double> lengths;
    for (const Round& round : rounds) {
        for (std::size_t i = 0; i < sample_count(round); ++i) {
            if (!is_warmup(round, i)) {
                lengths.push_back(slowest(round, i) * executions(round, i));
            }
        }
    }
    return lengths;
}

/// Of rounds, or of what is left of them when reduced().
void add_scale(StragglerKind kind, std::span<const Round> rounds, RankNumbers& numbers)
{
    if (kind == StragglerKind::arrives_late) {
        numbers.reference_s = median(lengths_s(rounds));
    }
    if (kind != StragglerKind::computes_long) {
        numbers.allowance_s = clock_allowance_s(rounds);
    }
}

RankNumbers numbers_of(StragglerKind kind, const CaseRecord& record)
{
    RankNumbers numbers;
    for (std::size_t r = 0; r < record.rounds.size(); ++r) {
        for (auto& row : rank_quantities(kind, record.header.what, record.rounds[r])) {
            numbers.middles_s.push_back(*median(row));
            numbers.rows.push_back(std::move(row));
            numbers.round_of_row.push_back(r);
        }
    }
    if (!numbers.rows.empty()) {
        add_scale(kind, record.rounds, numbers);
    }
    return numbers;
}

/// Factor that makes 1.4826 * MAD of few normal values unbiased (Croux, Rousseeuw 1992, "Time-efficient algorithms for
/// two highly robust estimators of scale").
double small_sample_factor(std::size_t n)
{
    constexpr std::array<double, 10> factors{1, 1, 1.196, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107};
    return n < factors.size() ? factors.at(n) : static_cast<double>(n) / (static_cast<double>(n) - 0.8);
}

/// [rank][sample]
std::vector<std::vector<double>> excesses_of_ranks(const RankNumbers& numbers)
{
    std::vector<std::vector<double>> of_ranks(numbers.rows.front().size());
    for (const auto& row : numbers.rows) {
        const auto above = excesses(row);
        for (std::size_t rank = 0; rank < above.size(); ++rank) {
            of_ranks[rank].push_back(above[rank]);
        }
    }
    return of_ranks;
}

double reference_of(const RankNumbers& numbers)
{
    return numbers.reference_s ? *numbers.reference_s : median(numbers.middles_s).value_or(0);
}

/// Whether some rank may be above `least_s` in three of four rounds, as far as digests tell.
bool may_hold_in_rounds(std::span<const ExcessDigest* const> rounds, double least_s)
{
    std::map<int, std::size_t> showing;
    for (const ExcessDigest* round : rounds) {
        for (const RankExcess& one : round->largest) {
            showing[one.rank] += one.excess_s > least_s ? 1U : 0U;
        }
        if (round->largest.size() == ExcessDigest::most_ranks && round->largest.back().excess_s > least_s) {
            return true;  // others may be above it too
        }
    }
    return std::ranges::any_of(showing, [&](const auto& rank) { return 4 * rank.second >= 3 * rounds.size(); });
}

/// Three of four rounds must show it.
bool holds_in_rounds(const RankNumbers& numbers, const std::vector<double>& excess_s, double least_s)
{
    std::map<std::size_t, std::vector<double>> rounds;
    for (std::size_t i = 0; i < excess_s.size(); ++i) {
        rounds[numbers.round_of_row[i]].push_back(excess_s[i]);
    }
    const auto showing =
        std::ranges::count_if(rounds, [&](const auto& round) { return *median(round.second) > least_s; });
    return 4 * static_cast<std::size_t>(showing) >= 3 * rounds.size();
}

}  // namespace

std::vector<double> outlier_p_value(std::span<const double> values)
{
    std::vector<double> p(values.size(), 1.0);
    if (values.size() < 2) {
        return p;
    }
    const double middle = *median(values);
    std::vector<double> distances;
    for (const double value : values) {
        distances.push_back(std::abs(value - middle));
    }
    constexpr double normal_scale = 1.4826;  // 1 / the 3/4 quantile of N(0,1)
    const auto n = static_cast<double>(values.size());
    const double scale = normal_scale * small_sample_factor(values.size()) * *median(distances) * std::sqrt(1 + 1 / n);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double above = values[i] - middle;
        if (above > 0) {
            p[i] = scale > 0 ? student_p(above / scale, n - 1) : 0;
        }
    }
    return p;
}

struct StragglerSearch::Impl {
    StragglerRules rules;
    std::array<std::map<int, Tally>, all_straggler_kinds.size()> tallies;  ///< [StragglerKind] world rank
    std::array<std::size_t, all_straggler_kinds.size()> judged{};
    std::size_t too_few_ranks = 0;
    std::size_t too_few_samples = 0;
    std::size_t without_common_clock = 0;

    double chance(std::size_t ranks) const
    {
        return rules.false_names / (2.0 * static_cast<double>(all_straggler_kinds.size() * ranks));
    }

    /// What an excess must be above.
    double least_s(const RankNumbers& numbers) const
    {
        return rules.least * reference_of(numbers) + numbers.allowance_s;
    }

    bool is_comparable(const CaseHeader& header)
    {
        const bool measured_by_two = is_measured_operation(header) && header.world_ranks.size() >= 2;
        too_few_ranks += measured_by_two && header.world_ranks.size() < least_ranks ? 1U : 0U;
        return can_be_compared(header);
    }

    void note_clock(std::span<const Round> rounds)
    {
        const bool has_samples =
            std::ranges::any_of(rounds, [](const Round& round) { return round.seconds.samples > 0; });
        without_common_clock += has_samples && std::ranges::none_of(rounds, has_starts) ? 1U : 0U;
    }

    void judge(StragglerKind kind, const CaseRecord& record, const RankNumbers& numbers);
};

void StragglerSearch::Impl::judge(StragglerKind kind, const CaseRecord& record, const RankNumbers& numbers)
{
    const std::size_t ranks = record.header.world_ranks.size();
    const double alpha = chance(ranks);
    const double reference_s = reference_of(numbers);
    if (reference_s <= 0) {
        return;
    }
    if (!median_interval_ranks(numbers.middles_s.size(), 1 - alpha)) {
        ++too_few_samples;
        return;
    }
    const auto which = static_cast<std::size_t>(kind);
    const auto of_ranks = excesses_of_ranks(numbers);
    std::vector<double> medians;
    std::ranges::transform(of_ranks, std::back_inserter(medians), [](const auto& own) { return *median(own); });
    const auto p = outlier_p_value(medians);
    const double least_excess_s = least_s(numbers);
    ++judged.at(which);
    for (std::size_t rank = 0; rank < ranks; ++rank) {
        Tally& tally = tallies.at(which)[record.header.world_ranks[rank]];
        ++tally.cases;
        if (p[rank] > alpha || median_interval(of_ranks[rank], 1 - alpha)->low <= least_excess_s ||
            !holds_in_rounds(numbers, of_ranks[rank], least_excess_s)) {
            continue;
        }
        tally.slow.push_back({.excess_s = medians[rank],
                              .interval_s = *median_interval(of_ranks[rank], rules.confidence),
                              .reference_s = reference_s,
                              .at = describe(record.header.what),
                              .pattern = record.header.what.pattern,
                              .samples = numbers.rows.size()});
    }
}

StragglerSearch::StragglerSearch(const StragglerRules& rules) : impl_(std::make_unique<Impl>())
{
    impl_->rules = rules;
}
StragglerSearch::~StragglerSearch() = default;
StragglerSearch::StragglerSearch(StragglerSearch&&) noexcept = default;

void StragglerSearch::add(const CaseRecord& record)
{
    if (!impl_->is_comparable(record.header)) {
        return;
    }
    impl_->note_clock(record.rounds);
    for (const StragglerKind kind : all_straggler_kinds) {
        const RankNumbers numbers = numbers_of(kind, record);
        if (!numbers.rows.empty()) {
            impl_->judge(kind, record, numbers);
        }
    }
}

bool StragglerSearch::add(const CaseHeader& header, std::span<const RoundDigest> digests)
{
    if (!can_be_compared(header)) {
        impl_->is_comparable(header);
        return true;
    }
    std::vector<Round> rounds;
    std::ranges::transform(digests, std::back_inserter(rounds), &RoundDigest::reduced);
    const std::size_t ranks = header.world_ranks.size();
    std::vector<StragglerKind> judged;
    std::size_t too_few_samples = 0;
    for (const StragglerKind kind : all_straggler_kinds) {
        std::vector<const ExcessDigest*> of_kind;
        RankNumbers numbers;
        for (const RoundDigest& digest : digests) {
            if (const auto found = digest.excesses.find(kind); found != digest.excesses.end()) {
                of_kind.push_back(&found->second);
                const auto& middles_s = found->second.middles_s;
                numbers.middles_s.insert(numbers.middles_s.end(), middles_s.begin(), middles_s.end());
            }
        }
        add_scale(kind, rounds, numbers);
        const double reference_s = reference_of(numbers);
        if (of_kind.empty() || reference_s <= 0) {
            continue;
        }
        if (!median_interval_ranks(numbers.middles_s.size(), 1 - impl_->chance(ranks))) {
            ++too_few_samples;
            continue;
        }
        // Whoever is slow in the case holds in its rounds.
        if (may_hold_in_rounds(of_kind, impl_->least_s(numbers))) {
            return false;
        }
        judged.push_back(kind);
    }
    impl_->note_clock(rounds);
    impl_->too_few_samples += too_few_samples;
    for (const StragglerKind kind : judged) {
        const auto which = static_cast<std::size_t>(kind);
        ++impl_->judged.at(which);
        for (const int rank : header.world_ranks) {
            ++impl_->tallies.at(which)[rank].cases;
        }
    }
    return true;
}

StragglerReport StragglerSearch::report() const
{
    StragglerReport report;
    report.judged_cases = impl_->judged;
    for (const StragglerKind kind : all_straggler_kinds) {
        std::vector<Straggler> found;
        for (const auto& [rank, tally] : impl_->tallies.at(static_cast<std::size_t>(kind))) {
            if (tally.slow.empty() || 2 * tally.slow.size() < tally.cases) {
                continue;
            }
            std::set<std::string> patterns;
            for (const SlowCase& slow : tally.slow) {
                patterns.insert(slow.pattern);
            }
            if (kind == StragglerKind::transfers_long && patterns.size() < 2) {
                report.notes.push_back(
                    fmt::format("rank {} ends {} after the others, which may be its place in the algorithm: no other "
                                "collective shows it",
                                rank, *patterns.begin()));
                continue;
            }
            std::vector<SlowCase> slow = tally.slow;
            std::ranges::stable_sort(slow, {}, &SlowCase::share);
            const SlowCase& middle = slow[(slow.size() - 1) / 2];
            found.push_back({.rank = rank,
                             .kind = kind,
                             .excess_s = middle.excess_s,
                             .interval_s = middle.interval_s,
                             .reference_s = middle.reference_s,
                             .at = middle.at,
                             .samples = middle.samples,
                             .slow_cases = slow.size(),
                             .cases = tally.cases});
        }
        std::ranges::stable_sort(found, std::ranges::greater{},
                                 [](const Straggler& one) { return one.excess_s / one.reference_s; });
        report.found.insert(report.found.end(), found.begin(), found.end());
    }
    const bool none_judged = std::ranges::all_of(impl_->judged, [](std::size_t cases) { return cases == 0; });
    if (none_judged && impl_->too_few_ranks > 0) {
        report.notes.emplace_back("two ranks alone can't tell which of them is slow");
    }
    if (impl_->too_few_samples > 0) {
        report.notes.push_back(fmt::format("{} had too few samples to tell ranks apart",
                                           text::pluralize(impl_->too_few_samples, "comparison")));
    }
    if (impl_->without_common_clock > 0) {
        report.notes.push_back(
            fmt::format("in {} the ranks share no clock: who arrives late or transfers long is unknown",
                        text::pluralize(impl_->without_common_clock, "case")));
    }
    return report;
}

}  // namespace plumbline
