// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/traffic.hpp"

#include "collectives/util/hash.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace plumbline {
namespace {

__extension__ using Wide = unsigned __int128;
using Row = std::vector<std::uint64_t>;

struct SkewKindInfo {
    SkewKind kind;
    std::string_view name;
};
constexpr std::array skew_kinds{
    SkewKindInfo{SkewKind::uniform, "uniform"}, SkewKindInfo{SkewKind::random, "random"},
    SkewKindInfo{SkewKind::zipf, "zipf"},       SkewKindInfo{SkewKind::hot, "hot"},
    SkewKindInfo{SkewKind::matrix, "matrix"},
};

/// Uniform in [0, limit).
std::uint64_t draw_below(std::uint64_t seed, std::uint64_t index, std::uint64_t limit)
{
    return static_cast<std::uint64_t>((Wide{hashed(seed, index)} * limit) >> 64);
}

bool all_senders_alike(SkewKind kind)
{
    return kind == SkewKind::uniform || kind == SkewKind::zipf || kind == SkewKind::hot;
}

/// Weights of the receivers ~ 1 / position^exponent, the largest 2^40.
Row zipf_weights(std::size_t ranks, double exponent, std::uint64_t seed)
{
    std::vector<std::uint64_t> positions(ranks);
    std::iota(positions.begin(), positions.end(), std::uint64_t{1});
    for (std::size_t i = ranks; i > 1; --i) {  // Fisher-Yates
        std::swap(positions[i - 1], positions[draw_below(seed, i, i)]);
    }
    std::vector<std::uint64_t> row(ranks);
    std::transform(positions.begin(), positions.end(), row.begin(), [&](std::uint64_t position) {
        return static_cast<std::uint64_t>(std::ldexp(std::pow(static_cast<double>(position), -exponent), 40));
    });
    return row;
}

/// What each receiver gets from one sender, the same for all senders.
Row zipf_row(std::size_t ranks, std::uint64_t total, double exponent, std::uint64_t seed)
{
    Row row = zipf_weights(ranks, exponent, seed);
    const std::uint64_t weights = sum_of_counts(row);
    for (std::uint64_t& elements : row) {
        elements = static_cast<std::uint64_t>(Wide{elements} * total / weights);
    }
    return row;
}

/// The same where the hottest receiver, the first in popularity, gets `most` of all senders together.
Row zipf_row_of_hottest(std::size_t ranks, std::uint64_t most, double exponent, std::uint64_t seed)
{
    Row row = zipf_weights(ranks, exponent, seed);
    const std::uint64_t largest = *std::ranges::max_element(row);
    for (std::uint64_t& elements : row) {
        elements = static_cast<std::uint64_t>(Wide{elements} * (most / ranks) / largest);
    }
    return row;
}

std::vector<std::uint64_t> hot_row(std::size_t ranks, std::uint64_t mean, double factor, std::uint64_t seed)
{
    const std::uint64_t total = mean * ranks;
    const double wanted = std::min(factor, static_cast<double>(ranks)) * static_cast<double>(mean);
    const std::uint64_t hot = ranks == 1 ? total : std::min(static_cast<std::uint64_t>(wanted), total);
    std::vector<std::uint64_t> row(ranks, ranks == 1 ? 0 : (total - hot) / (ranks - 1));
    row[draw_below(seed, 0, ranks)] = hot;
    return row;
}

}  // namespace

std::uint64_t block_elements(Collective collective, DataType dtype, std::uint64_t total_bytes, int ranks)
{
    const std::uint64_t elements = total_bytes / size_of(dtype);
    switch (info(collective).size_rule) {
        case SizeRule::count:
            return elements;
        case SizeRule::count_per_rank:
        case SizeRule::bottleneck_rank:
            return elements / static_cast<std::uint64_t>(ranks);
        case SizeRule::none:
            return 0;
    }
    throw std::logic_error("block_elements: no such size rule");
}

std::uint64_t total_bytes(const CollectiveCall& call, int ranks)
{
    const std::uint64_t block_bytes = call.count * size_of(call.dtype);
    switch (info(call.collective).size_rule) {
        case SizeRule::count:
            return block_bytes;
        case SizeRule::count_per_rank:
            return block_bytes * static_cast<std::uint64_t>(ranks);
        case SizeRule::bottleneck_rank:
            return std::max(call.send_counts.sum(), call.recv_counts.sum()) * size_of(call.dtype);
        case SizeRule::none:
            return 0;
    }
    throw std::logic_error("total_bytes: no such size rule");
}

std::optional<double> busbw_factor(Collective collective, int ranks, int window)
{
    if (ranks < 2) {
        return std::nullopt;
    }
    const double n = ranks;
    switch (info(collective).factor) {
        case BusFactor::allreduce:
            return 2 * (n - 1) / n;
        case BusFactor::spread:
            return (n - 1) / n;
        case BusFactor::one:
            return 1;
        case BusFactor::round_trip:
            return 2;
        case BusFactor::window:
            return window;
        case BusFactor::none:
            return std::nullopt;
    }
    throw std::logic_error("busbw_factor: no such factor");
}

std::optional<double> algorithm_bandwidth(std::uint64_t total_bytes, double seconds)
{
    if (total_bytes == 0 || !(seconds > 0)) {
        return std::nullopt;
    }
    return static_cast<double>(total_bytes) / seconds;
}

std::string_view name(SkewKind kind)
{
    return skew_kinds.at(static_cast<std::size_t>(kind)).name;
}

std::optional<SkewKind> parse_skew_kind(std::string_view text)
{
    const auto found =
        std::find_if(skew_kinds.begin(), skew_kinds.end(), [&](const auto& entry) { return entry.name == text; });
    return found == skew_kinds.end() ? std::nullopt : std::optional(found->kind);
}

TrafficMatrix::TrafficMatrix(SkewKind kind, int ranks, std::uint64_t mean_elements, double factor, std::uint64_t seed)
    : kind_(kind), ranks_(ranks), mean_elements_(mean_elements), seed_(seed)
{
    if (ranks < 1 || !std::isfinite(factor) || factor < 0 || kind == SkewKind::matrix) {
        throw std::logic_error("TrafficMatrix: ranks >= 1, a finite factor >= 0, and no kind that needs a table");
    }
    const auto n = static_cast<std::size_t>(ranks);
    if (kind == SkewKind::zipf) {
        table_ = std::make_shared<const Row>(zipf_row(n, mean_elements * n, factor, seed));
    } else if (kind == SkewKind::hot) {
        table_ = std::make_shared<const Row>(hot_row(n, mean_elements, factor, seed));
    }
}

TrafficMatrix::TrafficMatrix(SkewKind kind, int ranks, std::vector<std::uint64_t> row)
    : kind_(kind), ranks_(ranks), mean_elements_(sum_of_counts(row) / row.size()), seed_(0)
{
    table_ = std::make_shared<const Row>(std::move(row));
}

TrafficMatrix TrafficMatrix::with_bottleneck(SkewKind kind, int ranks, std::uint64_t most_elements, double factor,
                                             std::uint64_t seed)
{
    const TrafficMatrix evenly(kind, ranks, most_elements / static_cast<std::uint64_t>(std::max(ranks, 1)), factor,
                               seed);  // looks at what it is given
    const auto n = static_cast<std::size_t>(ranks);
    if (kind == SkewKind::zipf) {
        return {kind, ranks, zipf_row_of_hottest(n, most_elements, factor, seed)};
    }
    if (kind == SkewKind::hot && factor > 1) {
        const double shrunk = std::min(factor, static_cast<double>(ranks));
        return {kind, ranks,
                hot_row(n, static_cast<std::uint64_t>(static_cast<double>(most_elements / n) / shrunk), factor, seed)};
    }
    return evenly;
}

TrafficMatrix::TrafficMatrix(std::vector<std::uint64_t> bytes, int ranks, DataType dtype)
    : kind_(SkewKind::matrix), ranks_(ranks), mean_elements_(0), seed_(0)
{
    const auto n = static_cast<std::size_t>(std::max(ranks, 0));
    if (n == 0 || bytes.size() != n * n) {
        throw std::logic_error("TrafficMatrix: the table must have ranks x ranks entries");
    }
    for (std::uint64_t& entry : bytes) {
        entry /= size_of(dtype);
    }
    mean_elements_ = sum_of_counts(bytes) / bytes.size();
    table_ = std::make_shared<const Row>(std::move(bytes));
}

std::uint64_t TrafficMatrix::elements(int sender, int receiver) const
{
    const auto n = static_cast<std::uint64_t>(ranks_);
    const auto from = static_cast<std::uint64_t>(sender);
    const auto to = static_cast<std::uint64_t>(receiver);
    switch (kind_) {
        case SkewKind::uniform:
            return mean_elements_;
        case SkewKind::random: {
            // Receivers form pairs that share 2 * mean, different pairs for each sender: so each draw is uniform, and
            // the sum of the row is known without adding it up.
            const std::uint64_t row_seed = hashed(seed_, from);
            const std::uint64_t twin = (draw_below(row_seed, n, n) + n - to) % n;
            if (twin == to) {
                return mean_elements_;
            }
            const std::uint64_t drawn = draw_below(row_seed, std::min(to, twin), 2 * mean_elements_ + 1);
            return to < twin ? drawn : 2 * mean_elements_ - drawn;
        }
        case SkewKind::zipf:
        case SkewKind::hot:
            return table_->at(to);
        case SkewKind::matrix:
            return table_->at(from * n + to);
    }
    throw std::logic_error("TrafficMatrix: no such kind");
}

std::vector<std::uint64_t> TrafficMatrix::row(int sender) const
{
    std::vector<std::uint64_t> result(static_cast<std::size_t>(ranks_));
    for (int receiver = 0; receiver < ranks_; ++receiver) {
        result[static_cast<std::size_t>(receiver)] = elements(sender, receiver);
    }
    return result;
}

std::vector<std::uint64_t> TrafficMatrix::column(int receiver) const
{
    std::vector<std::uint64_t> result(static_cast<std::size_t>(ranks_));
    for (int sender = 0; sender < ranks_; ++sender) {
        result[static_cast<std::size_t>(sender)] = elements(sender, receiver);
    }
    return result;
}

BlockCounts TrafficMatrix::sent_by(int sender) const
{
    switch (kind_) {
        case SkewKind::uniform:
            return BlockCounts::even(static_cast<std::size_t>(ranks_), mean_elements_);
        case SkewKind::zipf:
        case SkewKind::hot:
            return BlockCounts(table_);
        case SkewKind::random:
        case SkewKind::matrix:
            return row(sender);
    }
    throw std::logic_error("TrafficMatrix: no such kind");
}

BlockCounts TrafficMatrix::received_by(int receiver) const
{
    if (all_senders_alike(kind_)) {
        return BlockCounts::even(static_cast<std::size_t>(ranks_), elements(0, receiver));
    }
    return column(receiver);
}

std::uint64_t TrafficMatrix::most_elements(int rank) const
{
    return std::max(sent_by(rank).sum(), received_by(rank).sum());
}

std::uint64_t TrafficMatrix::bottleneck_limit() const
{
    if (kind_ != SkewKind::random) {
        return bottleneck_elements();
    }
    // A column is a sum of independent draws from [0, 2 * mean]: P(sum - n * mean >= t) <= exp(-t^2 / (2 n mean^2)).
    const double mean = static_cast<double>(mean_elements_);
    const double above = 8 * mean * std::sqrt(static_cast<double>(ranks_));
    const auto n = static_cast<std::uint64_t>(ranks_);
    return std::min(2 * n * mean_elements_, n * mean_elements_ + static_cast<std::uint64_t>(std::ceil(above)));
}

std::uint64_t TrafficMatrix::bottleneck_elements() const
{
    const auto n = static_cast<std::uint64_t>(ranks_);
    if (all_senders_alike(kind_)) {
        const auto sent = row(0);
        return std::max(sum_of_counts(sent), n * *std::max_element(sent.begin(), sent.end()));
    }
    std::uint64_t largest = 0;
    for (int rank = 0; rank < ranks_; ++rank) {
        largest = std::max(largest, most_elements(rank));
    }
    return largest;
}

double TrafficMatrix::skew_factor() const
{
    std::uint64_t total = 0;
    for (int sender = 0; sender < ranks_; ++sender) {
        total += sum_of_counts(row(sender));
    }
    if (total == 0) {
        return 1;
    }
    return static_cast<double>(bottleneck_elements()) * ranks_ / static_cast<double>(total);
}

}  // namespace plumbline
