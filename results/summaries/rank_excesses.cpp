// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/rank_excesses.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/statistics/statistics.hpp"
#include "results/summaries/repetition_statistics.hpp"

#include <algorithm>

namespace plumbline {
namespace {

bool computes_alike(const CaseIdentity& what)
{
    return pattern_info(what.pattern).even_compute && !what.parameters.contains("skew");
}

/// `row(sample)` of each timed sample.
template <class Row>
std::vector<std::vector<double>> timed_rows(const Round& round, Row row)
{
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < round.seconds.samples; ++i) {
        if (!is_warmup(round, i)) {
            rows.push_back(row(i));
        }
    }
    return rows;
}

std::vector<double> copied(std::span<const double> row)
{
    return {row.begin(), row.end()};
}

/// End of each rank's sample after the last rank's start.
std::vector<double> ends_after_last_start(const Round& round, std::size_t sample)
{
    const auto starts = round.start_offset_s->row(sample);
    const auto seconds = round.seconds.row(sample);
    const double last = std::ranges::max(starts);
    std::vector<double> row;
    row.reserve(seconds.size());
    for (std::size_t rank = 0; rank < seconds.size(); ++rank) {
        row.push_back(starts[rank] + seconds[rank] * executions(round, sample) - last);
    }
    return row;
}

}  // namespace

std::string_view name(StragglerKind kind)
{
    constexpr std::array<std::string_view, all_straggler_kinds.size()> names{"arrives_late", "computes_long",
                                                                             "transfers_long"};
    return names.at(static_cast<std::size_t>(kind));
}

bool has_starts(const Round& round)
{
    return round.start_offset_s && round.start_offset_s->samples == round.seconds.samples;
}

double executions(const Round& round, std::size_t sample)
{
    return sample < round.batch.size() ? static_cast<double>(round.batch[sample]) : 1.0;
}

std::vector<std::vector<double>> rank_quantities(StragglerKind kind, const CaseIdentity& what, const Round& round)
{
    switch (kind) {
        case StragglerKind::arrives_late:
            return !has_starts(round)
                       ? std::vector<std::vector<double>>{}
                       : timed_rows(round, [&](std::size_t i) { return copied(round.start_offset_s->row(i)); });
        case StragglerKind::computes_long: {
            const auto share = round.shares.find("compute_s");
            const bool has =
                computes_alike(what) && share != round.shares.end() && share->second.samples == round.seconds.samples;
            return !has ? std::vector<std::vector<double>>{}
                        : timed_rows(round, [&](std::size_t i) { return copied(share->second.row(i)); });
        }
        case StragglerKind::transfers_long:
            return !has_starts(round) || !pattern_info(what.pattern).even_traffic
                       ? std::vector<std::vector<double>>{}
                       : timed_rows(round, [&](std::size_t i) { return ends_after_last_start(round, i); });
    }
    return {};
}

std::vector<double> excesses(std::span<const double> values)
{
    std::vector<double> ordered(values.begin(), values.end());
    // The median of the others is made of the middle values of all: two of an even number, three of an odd one.
    const bool odd = ordered.size() % 2 == 1;
    const std::size_t middle = odd ? ordered.size() / 2 : ordered.size() / 2 - 1;
    const auto at = ordered.begin() + static_cast<std::ptrdiff_t>(middle);
    std::nth_element(ordered.begin(), at, ordered.end());
    const double own = *at;
    const double above = *std::min_element(at + 1, ordered.end());
    const double below = odd ? *std::max_element(ordered.begin(), at) : own;
    std::vector<double> result;
    result.reserve(values.size());
    for (const double value : values) {
        const double upper = value > own ? own : above;
        const double lower = odd ? (value > below ? below : own) : upper;
        result.push_back(value - (odd ? (lower + upper) / 2 : upper));
    }
    return result;
}

std::optional<ExcessDigest> excess_digest(StragglerKind kind, const CaseIdentity& what, const Round& round)
{
    const auto rows = rank_quantities(kind, what, round);
    if (rows.empty() || rows.front().size() < 2) {
        return std::nullopt;
    }
    ExcessDigest digest;
    std::vector<std::vector<double>> above;
    for (const auto& row : rows) {
        digest.middles_s.push_back(*median(row));
        above.push_back(excesses(row));
    }
    std::vector<double> of_rank(rows.size());
    for (std::size_t rank = 0; rank < rows.front().size(); ++rank) {
        std::ranges::transform(above, of_rank.begin(), [&](const auto& row) { return row[rank]; });
        digest.largest.push_back({.rank = static_cast<int>(rank), .excess_s = *median(of_rank)});
    }
    const auto larger = [](const RankExcess& one, const RankExcess& other) {
        return one.excess_s != other.excess_s ? one.excess_s > other.excess_s : one.rank < other.rank;
    };
    const auto kept = static_cast<std::ptrdiff_t>(std::min(digest.largest.size(), ExcessDigest::most_ranks));
    std::ranges::partial_sort(digest.largest, digest.largest.begin() + kept, larger);
    digest.largest.resize(static_cast<std::size_t>(kept));
    return digest;
}

}  // namespace plumbline
