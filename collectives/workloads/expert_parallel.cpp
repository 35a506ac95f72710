// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/expert_parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <numeric>

namespace plumbline {

namespace {

std::uint64_t sum(const std::vector<std::uint64_t>& values)
{
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

__extension__ using Wide = unsigned __int128;

/// Mean weight of one expert: fine enough for shares of few tokens.
constexpr std::uint64_t mean_weight = std::uint64_t{1} << 20U;

/// Running sums over the ranks of the weights that their experts have for one sender, from 0 to the total; each rank
/// has an equal number of consecutive experts.
std::vector<std::uint64_t> bounds_of_sender(const TrafficMatrix& experts, int expert_count, int sender, int ranks)
{
    const int each = expert_count / ranks;
    std::vector<std::uint64_t> bounds{0};
    std::uint64_t weight = 0;
    for (int expert = 0; expert < expert_count; ++expert) {
        weight += experts.elements(sender % expert_count, expert);
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

SubgroupCall alltoallv(const std::vector<std::uint64_t>& sent, const std::vector<std::uint64_t>& received,
                       std::uint64_t hidden, DataType dtype)
{
    SubgroupCall made;
    made.call.collective = Collective::alltoallv;
    made.call.dtype = dtype;
    const auto elements = [&](std::uint64_t tokens) { return tokens * hidden; };
    std::transform(sent.begin(), sent.end(), std::back_inserter(made.call.send_counts), elements);
    std::transform(received.begin(), received.end(), std::back_inserter(made.call.recv_counts), elements);
    return made;
}

}  // namespace

TokenRouting::TokenRouting(const ExpertParallelSpec& spec, int ranks)
    : ranks_(ranks),
      alike_(spec.skew != SkewKind::matrix && spec.skew != SkewKind::random),
      routed_(spec.tokens * static_cast<std::uint64_t>(spec.top_k))
{
    if (spec.skew == SkewKind::matrix) {
        table_ = spec.routing;
    } else {
        const TrafficMatrix experts(spec.skew, spec.experts, mean_weight, spec.skew_factor, spec.skew_seed);
        for (int sender = 0; sender < (alike_ ? 1 : ranks); ++sender) {
            const auto bounds = bounds_of_sender(experts, spec.experts, sender, ranks);
            if (alike_) {
                table_ = bounds;
                break;
            }
            for (int receiver = 0; receiver < ranks; ++receiver) {
                table_.push_back(share(bounds, sender, receiver));
            }
        }
    }
    summarize();
}

void TokenRouting::summarize()
{
    std::vector<std::uint64_t> received(static_cast<std::size_t>(ranks_), 0);
    std::uint64_t most_sent = alike_ ? routed_ : 0;
    for (int receiver = 0; alike_ && receiver < ranks_; ++receiver) {
        // The sum over the senders of floor(x + sender/n) is floor(n x) (Hermite's identity).
        const auto n = static_cast<std::uint64_t>(ranks_);
        const auto before = [&](int rank) {
            return static_cast<std::uint64_t>(Wide{table_[static_cast<std::size_t>(rank)]} * routed_ * n /
                                              table_.back());
        };
        received[static_cast<std::size_t>(receiver)] = before(receiver + 1) - before(receiver);
    }
    for (int sender = 0; !alike_ && sender < ranks_; ++sender) {
        const auto mine = row(sender);
        most_sent = std::max(most_sent, sum(mine));
        std::transform(mine.begin(), mine.end(), received.begin(), received.begin(), std::plus<>());
    }
    const std::uint64_t most_received = *std::max_element(received.begin(), received.end());
    passed_ = sum(received);
    mean_received_ = static_cast<double>(passed_) / ranks_;
    bottleneck_ = std::max(most_sent, most_received);
    skew_factor_ = mean_received_ > 0 ? static_cast<double>(most_received) / mean_received_ : 1;
}

std::uint64_t TokenRouting::share(const std::vector<std::uint64_t>& bounds, int sender, int receiver) const
{
    const auto at = [&](int rank) {
        return copies_before(bounds[static_cast<std::size_t>(rank)], bounds.back(), routed_, sender, ranks_);
    };
    return at(receiver + 1) - at(receiver);
}

std::uint64_t TokenRouting::tokens(int sender, int receiver) const
{
    return alike_ ? share(table_, sender, receiver)
                  : table_[static_cast<std::size_t>(sender) * static_cast<std::size_t>(ranks_) +
                           static_cast<std::size_t>(receiver)];
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

Program expert_parallel_program(const ExpertParallelSpec& spec, int rank, int ranks)
{
    const TokenRouting routing(spec, ranks);
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

std::uint64_t expert_total_bytes(const ExpertParallelSpec& spec, int ranks)
{
    return TokenRouting(spec, ranks).bottleneck() * spec.hidden *
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
    return static_cast<double>(TokenRouting(spec, ranks).passed()) / spec.top_k;
}

}  // namespace plumbline
