// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/stragglers.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/statistics/change_points.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

namespace plumbline {
namespace {

constexpr std::size_t least_ranks = 3;  ///< two can't tell which of them is the slow one

/// One number of each rank in each timed sample of a case.
struct RankNumbers {
    std::vector<std::vector<double>> rows;  ///< [sample][rank]
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

bool is_timed(const Round& round, std::size_t sample)
{
    return sample >= round.warmup.size() || round.warmup[sample] == 0;
}

double executions(const Round& round, std::size_t sample)
{
    return sample < round.batch.size() ? static_cast<double>(round.batch[sample]) : 1.0;
}

bool has_starts(const Round& round)
{
    return round.start_offset_s && round.start_offset_s->samples == round.seconds.samples;
}

/// `number(round, sample)` gives a row.
template <class Has, class Number>
RankNumbers numbers_of(const CaseRecord& record, Has has, Number number)
{
    RankNumbers numbers;
    for (std::size_t r = 0; r < record.rounds.size(); ++r) {
        const Round& round = record.rounds[r];
        for (std::size_t i = 0; i < round.seconds.samples && has(round); ++i) {
            if (is_timed(round, i)) {
                numbers.rows.push_back(number(round, i));
                numbers.round_of_row.push_back(r);
            }
        }
    }
    return numbers;
}

/// A start is off by the clock's error, and so is the one that it is compared with.
double clock_allowance_s(const CaseRecord& record)
{
    double error_s = 0;
    for (const Round& round : record.rounds) {
        error_s = std::max(error_s, round.clock_error_s.value_or(0));
    }
    return 2 * error_s;
}

RankNumbers arrivals(const CaseRecord& record)
{
    RankNumbers numbers = numbers_of(record, has_starts, [](const Round& round, std::size_t sample) {
        const auto row = round.start_offset_s->row(sample);
        return std::vector<double>(row.begin(), row.end());
    });
    std::vector<double> lengths_s;
    for (const Round& round : record.rounds) {
        for (std::size_t i = 0; i < round.seconds.samples; ++i) {
            if (is_timed(round, i)) {
                lengths_s.push_back(std::ranges::max(round.seconds.row(i)) * executions(round, i));
            }
        }
    }
    numbers.reference_s = median(lengths_s);
    numbers.allowance_s = clock_allowance_s(record);
    return numbers;
}

bool computes_alike(const CaseIdentity& what)
{
    return pattern_info(what.pattern).even_compute && !what.parameters.contains("skew");
}

RankNumbers computes(const CaseRecord& record)
{
    if (!computes_alike(record.header.what)) {
        return {};
    }
    const auto has = [](const Round& round) {
        const auto share = round.shares.find("compute_s");
        return share != round.shares.end() && share->second.samples == round.seconds.samples;
    };
    return numbers_of(record, has, [](const Round& round, std::size_t sample) {
        const auto row = round.shares.at("compute_s").row(sample);
        return std::vector<double>(row.begin(), row.end());
    });
}

RankNumbers transfers(const CaseRecord& record)
{
    if (!pattern_info(record.header.what.pattern).even_traffic) {
        return {};
    }
    RankNumbers numbers = numbers_of(record, has_starts, [](const Round& round, std::size_t sample) {
        const auto starts = round.start_offset_s->row(sample);
        const auto seconds = round.seconds.row(sample);
        const double last = std::ranges::max(starts);
        std::vector<double> row;
        for (std::size_t rank = 0; rank < seconds.size(); ++rank) {
            row.push_back(starts[rank] + seconds[rank] * executions(round, sample) - last);
        }
        return row;
    });
    numbers.allowance_s = clock_allowance_s(record);
    return numbers;
}

RankNumbers numbers_of(StragglerKind kind, const CaseRecord& record)
{
    switch (kind) {
        case StragglerKind::arrives_late:
            return arrivals(record);
        case StragglerKind::computes_long:
            return computes(record);
        case StragglerKind::transfers_long:
            return transfers(record);
    }
    return {};
}

/// Each value - the median of the others; at least two values.
std::vector<double> excesses(const std::vector<double>& values)
{
    std::vector<double> sorted = values;
    std::ranges::sort(sorted);
    const std::size_t others = sorted.size() - 1;
    std::vector<double> result;
    for (const double value : values) {
        const auto place = static_cast<std::size_t>(std::ranges::lower_bound(sorted, value) - sorted.begin());
        const auto other = [&](std::size_t i) { return sorted[i < place ? i : i + 1]; };
        const double middle = others % 2 == 1 ? other(others / 2) : (other(others / 2 - 1) + other(others / 2)) / 2;
        result.push_back(value - middle);
    }
    return result;
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
    if (numbers.reference_s) {
        return *numbers.reference_s;
    }
    std::vector<double> middles;
    for (const auto& row : numbers.rows) {
        middles.push_back(*median(row));
    }
    return median(middles).value_or(0);
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

std::string_view name(StragglerKind kind)
{
    constexpr std::array<std::string_view, all_straggler_kinds.size()> names{"arrives_late", "computes_long",
                                                                             "transfers_long"};
    return names.at(static_cast<std::size_t>(kind));
}

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
    if (!median_interval_ranks(numbers.rows.size(), 1 - alpha)) {
        ++too_few_samples;
        return;
    }
    const auto which = static_cast<std::size_t>(kind);
    const auto of_ranks = excesses_of_ranks(numbers);
    std::vector<double> medians;
    std::ranges::transform(of_ranks, std::back_inserter(medians), [](const auto& own) { return *median(own); });
    const auto p = outlier_p_value(medians);
    const double least_s = rules.least * reference_s + numbers.allowance_s;
    ++judged.at(which);
    for (std::size_t rank = 0; rank < ranks; ++rank) {
        Tally& tally = tallies.at(which)[record.header.world_ranks[rank]];
        ++tally.cases;
        if (p[rank] > alpha || median_interval(of_ranks[rank], 1 - alpha)->low <= least_s ||
            !holds_in_rounds(numbers, of_ranks[rank], least_s)) {
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
    const CaseHeader& header = record.header;
    const bool probe = pattern_info(header.what.pattern).kind == PatternKind::network_probe;
    if (header.status != CaseStatus::measured || probe || header.world_ranks.size() < 2) {
        return;
    }
    if (header.world_ranks.size() < least_ranks) {
        ++impl_->too_few_ranks;
        return;
    }
    const bool has_samples =
        std::ranges::any_of(record.rounds, [](const Round& round) { return round.seconds.samples > 0; });
    if (has_samples && std::ranges::none_of(record.rounds, has_starts)) {
        ++impl_->without_common_clock;
    }
    for (const StragglerKind kind : all_straggler_kinds) {
        const RankNumbers numbers = numbers_of(kind, record);
        if (!numbers.rows.empty()) {
            impl_->judge(kind, record, numbers);
        }
    }
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
