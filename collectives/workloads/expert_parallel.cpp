// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/expert_parallel.hpp"

#include "collectives/util/hash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace plumbline {

namespace {

std::uint64_t sum(const std::vector<std::uint64_t>& values)
{
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

__extension__ using Wide = unsigned __int128;

/// Mean weight of one expert: fine enough for shares of few tokens.
constexpr std::uint64_t mean_weight = std::uint64_t{1} << 20U;

/// Running sums over the ranks of the weights that their experts have for every sender, from 0 to the total; each rank
/// has an equal number of consecutive experts.
std::vector<std::uint64_t> bounds_of(const TrafficMatrix& experts, int expert_count, int ranks)
{
    const int each = expert_count / ranks;
    std::vector<std::uint64_t> bounds{0};
    std::uint64_t weight = 0;
    for (int expert = 0; expert < expert_count; ++expert) {
        weight += experts.elements(0, expert);
        if (expert % each == each - 1) {
            bounds.push_back(weight);
        }
    }
    return bounds;
}

/// How many of `routed` copies come before the share that begins at `bound` of `whole`. The remainder of the division
/// shifts with the sender, of `ranks`, so that all senders together give each share its exact number of copies.
std::uint64_t copies_before(std::uint64_t bound, std::uint64_t whole, std::uint64_t routed, int sender, int ranks)
{
    const auto n = static_cast<std::uint64_t>(ranks);
    const auto s = static_cast<std::uint64_t>(sender);
    return static_cast<std::uint64_t>((Wide{bound} * routed * n + Wide{whole} * s) / (Wide{whole} * n));
}

SubgroupCall alltoallv(std::vector<std::uint64_t> sent, std::vector<std::uint64_t> received, std::uint64_t hidden,
                       DataType dtype)
{
    SubgroupCall made;
    made.call.collective = Collective::alltoallv;
    made.call.dtype = dtype;
    const auto in_elements = [&](std::vector<std::uint64_t> tokens) {
        std::ranges::for_each(tokens, [&](std::uint64_t& count) { count *= hidden; });
        return BlockCounts(std::move(tokens));
    };
    made.call.send_counts = in_elements(std::move(sent));
    made.call.recv_counts = in_elements(std::move(received));
    return made;
}

}  // namespace

TokenRouting::TokenRouting(const ExpertParallelSpec& spec, int ranks, std::optional<std::uint64_t> most_received)
    : ranks_(ranks),
      skew_(spec.skew),
      seed_(spec.skew_seed),
      experts_of_rank_(std::max(1, spec.experts / ranks)),
      routed_(spec.tokens * static_cast<std::uint64_t>(spec.top_k))
{
    if (skew_ == SkewKind::matrix) {
        table_ = spec.routing;
    } else if (skew_ != SkewKind::random) {
        table_ = bounds_of(TrafficMatrix(skew_, spec.experts, mean_weight, spec.skew_factor, spec.skew_seed),
                           spec.experts, ranks);
    }
    summarize(most_received);
}

void TokenRouting::summarize(std::optional<std::uint64_t> most_received)
{
    std::uint64_t most_sent = routed_;
    std::uint64_t most = most_received.value_or(0);
    passed_ = routed_ * static_cast<std::uint64_t>(ranks_);
    if (skew_ == SkewKind::matrix) {
        passed_ = sum(table_);
        most_sent = 0;
    }
    for (int rank = 0; !most_received && rank < ranks_; ++rank) {
        if (skew_ == SkewKind::matrix) {
            most_sent = std::max(most_sent, sum(row(rank)));
            most = std::max(most, sum(column(rank)));
        } else if (skew_ == SkewKind::random) {
            most = std::max(most, sum(column(rank)));
        } else {
            // The sum over the senders of floor(x + sender/n) is floor(n x) (Hermite's identity).
            const auto n = static_cast<std::uint64_t>(ranks_);
            const auto before = [&](int bound) {
                return static_cast<std::uint64_t>(Wide{table_[static_cast<std::size_t>(bound)]} * routed_ * n /
                                                  table_.back());
            };
            most = std::max(most, before(rank + 1) - before(rank));
        }
    }
    mean_received_ = static_cast<double>(passed_) / ranks_;
    bottleneck_ = std::max(most_sent, most);
    skew_factor_ = mean_received_ > 0 ? static_cast<double>(most) / mean_received_ : 1;
}

std::uint64_t TokenRouting::share(const std::vector<std::uint64_t>& bounds, int sender, int receiver) const
{
    const auto at = [&](int rank) {
        return copies_before(bounds[static_cast<std::size_t>(rank)], bounds.back(), routed_, sender, ranks_);
    };
    return at(receiver + 1) - at(receiver);
}

/// Ranks form pairs, different ones for each sender, that share what even routing gives to both: so the sum of a row is
/// exact, and one entry is drawn without the others. Each expert of the pair's lower rank has a weight drawn uniformly
/// from 0 to twice the mean, and its twin's the rest.
std::uint64_t TokenRouting::drawn_tokens(int sender, int receiver) const
{
    const auto n = static_cast<std::uint64_t>(ranks_);
    const auto to = static_cast<std::uint64_t>(receiver);
    const std::uint64_t row_seed = hashed(seed_, static_cast<std::uint64_t>(sender));
    const std::uint64_t meeting = static_cast<std::uint64_t>((Wide{hashed(row_seed, ~std::uint64_t{0})} * n) >> 64U);
    const std::uint64_t twin = meeting >= to ? meeting - to : meeting + n - to;
    // As share() where all weights are alike.
    const auto even = [&](std::uint64_t rank) {
        const auto from = static_cast<std::uint64_t>(sender);
        return ((rank + 1) * routed_ + from) / n - (rank * routed_ + from) / n;
    };
    const std::uint64_t mine = even(to);
    if (twin == to) {
        return mine;
    }
    const std::uint64_t both = mine + even(twin);
    const std::uint64_t lower = std::min(to, twin);
    const auto experts = static_cast<std::uint64_t>(experts_of_rank_);
    std::uint64_t weight = 0;  // of `experts` * 2^32
    for (std::uint64_t expert = lower * experts; expert < (lower + 1) * experts; ++expert) {
        weight += hashed(row_seed, expert) >> 32U;
    }
    // Rounded up or down at random, so that few tokens go to all ranks alike.
    const std::uint64_t whole = experts << 32U;
    const Wide rounding = (Wide{hashed(~row_seed, lower)} * whole) >> 64U;
    const auto of_lower = static_cast<std::uint64_t>((Wide{both} * weight + rounding) / whole);
    return to == lower ? of_lower : both - of_lower;
}

std::uint64_t TokenRouting::tokens(int sender, int receiver) const
{
    if (skew_ == SkewKind::matrix) {
        return table_[static_cast<std::size_t>(sender) * static_cast<std::size_t>(ranks_) +
                      static_cast<std::size_t>(receiver)];
    }
    return skew_ == SkewKind::random ? drawn_tokens(sender, receiver) : share(table_, sender, receiver);
}

std::vector<std::uint64_t> TokenRouting::row(int sender) const
{
    std::vector<std::uint64_t> sent;
    for (int receiver = 0; receiver < ranks_; ++receiver) {
        sent.push_back(tokens(sender, receiver));
    }
    return sent;
}

std::vector<std::uint64_t> TokenRouting::column(int receiver) const
{
    std::vector<std::uint64_t> received;
    for (int sender = 0; sender < ranks_; ++sender) {
        received.push_back(tokens(sender, receiver));
    }
    return received;
}

std::optional<std::uint64_t> received_to_agree_on(const ExpertParallelSpec& spec, int rank, int ranks)
{
    if (spec.skew != SkewKind::random) {
        return std::nullopt;
    }
    return sum(TokenRouting(spec, ranks, 0).column(rank));
}

std::string why_impossible(const ExpertParallelSpec& spec, int ranks)
{
    if (ranks == 1 && spec.expert_s == 0) {
        return "one rank exchanges nothing, and there is no compute. Set 'expert_compute'";
    }
    if (spec.skew == SkewKind::matrix) {
        const auto n = static_cast<std::size_t>(ranks);
        return spec.routing.size() == n * n
                   ? std::string()
                   : fmt::format(
                         "skew.file {} has {} entries, which is not a table of {} x {} ranks. Write {} entries, or "
                         "run it on {:.0f} ranks",
                         spec.routing_path, spec.routing.size(), ranks, ranks, n * n,
                         std::floor(std::sqrt(static_cast<double>(spec.routing.size()))));
    }
    if (spec.experts % ranks != 0) {
        const int lower = spec.experts / ranks * ranks;
        const std::string valid = lower == 0 ? fmt::format("number is {}", ranks)
                                             : fmt::format("numbers are {} and {}", lower, lower + ranks);
        return fmt::format("{} experts can't be split evenly over {} ranks. The nearest valid {}", spec.experts, ranks,
                           valid);
    }
    return {};
}

Program expert_parallel_program(const ExpertParallelSpec& spec, int rank, int ranks,
                                std::optional<std::uint64_t> most_received)
{
    const TokenRouting routing(spec, ranks, most_received);
    const auto sent = routing.row(rank);
    const auto received = routing.column(rank);
    const auto bytes = [&](DataType dtype) { return routing.bottleneck() * spec.hidden * size_of(dtype); };
    ProgramWriter writer;
    writer.at(Phase::forward);
    if (ranks > 1) {
        writer.collective(TimeCategory::expert, alltoallv(sent, received, spec.hidden, spec.dispatch_dtype),
                          bytes(spec.dispatch_dtype));
    }
    if (spec.expert_s > 0) {
        const double mean = routing.mean_received();
        const double share = mean > 0 ? static_cast<double>(sum(received)) / mean : 0;
        writer.compute(compute_of(spec.compute, spec.expert_s * share));
    }
    if (ranks > 1) {
        writer.collective(TimeCategory::expert, alltoallv(received, sent, spec.hidden, spec.combine_dtype),
                          bytes(spec.combine_dtype));
    }
    return writer.finished();
}

std::uint64_t expert_total_bytes(const ExpertParallelSpec& spec, int ranks, std::optional<std::uint64_t> most_received)
{
    return TokenRouting(spec, ranks, most_received).bottleneck() * spec.hidden *
           (size_of(spec.dispatch_dtype) + size_of(spec.combine_dtype));
}

std::optional<double> tokens_of_step(const ExpertParallelSpec& spec, int ranks)
{
    if (spec.skew != SkewKind::matrix) {
        return static_cast<double>(spec.tokens) * ranks;
    }
    if (spec.top_k == 0) {
        return std::nullopt;
    }
    return static_cast<double>(sum(spec.routing)) / spec.top_k;
}

}  // namespace plumbline
