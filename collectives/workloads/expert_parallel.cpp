#include "collectives/workloads/expert_parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace plumbline {

namespace {

std::uint64_t sum(const std::vector<std::uint64_t>& values)
{
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

/// Tokens of one sender for each rank: experts lie on the ranks in equal groups, in order.
std::vector<std::uint64_t> tokens_of_sender(const TrafficMatrix& experts, int expert_count, int sender, int ranks)
{
    const int each = expert_count / ranks;
    std::vector<std::uint64_t> row(static_cast<std::size_t>(ranks));
    for (int expert = 0; expert < expert_count; ++expert) {
        row[static_cast<std::size_t>(expert / each)] += experts.elements(sender % expert_count, expert);
    }
    return row;
}

TeamCall alltoallv(const std::vector<std::uint64_t>& sent, const std::vector<std::uint64_t>& received,
                   std::uint64_t hidden, DataType dtype)
{
    TeamCall made;
    made.call.collective = Collective::alltoallv;
    made.call.dtype = dtype;
    const auto elements = [&](std::uint64_t tokens) { return tokens * hidden; };
    std::transform(sent.begin(), sent.end(), std::back_inserter(made.call.send_counts), elements);
    std::transform(received.begin(), received.end(), std::back_inserter(made.call.recv_counts), elements);
    return made;
}

}  // namespace

TokenRouting::TokenRouting(const ExpertParallelSpec& spec, int ranks)
    : ranks_(ranks), alike_(spec.skew != SkewKind::matrix && spec.skew != SkewKind::random)
{
    const auto n = static_cast<std::size_t>(ranks);
    if (spec.skew == SkewKind::matrix) {
        table_ = spec.routing;
    } else {
        const auto routed = spec.tokens * static_cast<std::uint64_t>(spec.top_k);
        const TrafficMatrix experts(spec.skew, spec.experts, routed / static_cast<std::uint64_t>(spec.experts),
                                    spec.skew_factor, spec.skew_seed);
        for (int sender = 0; sender < (alike_ ? 1 : ranks); ++sender) {
            const auto row = tokens_of_sender(experts, spec.experts, sender, ranks);
            table_.insert(table_.end(), row.begin(), row.end());
        }
    }
    std::vector<std::uint64_t> received(n, 0);
    std::uint64_t most_sent = 0;
    for (int sender = 0; sender < ranks; ++sender) {
        const auto mine = row(sender);
        most_sent = std::max(most_sent, sum(mine));
        for (std::size_t receiver = 0; receiver < n; ++receiver) {
            received[receiver] += mine[receiver];
        }
    }
    const std::uint64_t most_received = *std::max_element(received.begin(), received.end());
    mean_received_ = static_cast<double>(sum(received)) / ranks;
    bottleneck_ = std::max(most_sent, most_received);
    skew_factor_ = mean_received_ > 0 ? static_cast<double>(most_received) / mean_received_ : 1;
}

std::size_t TokenRouting::row_of(int sender) const
{
    return alike_ ? 0 : static_cast<std::size_t>(sender) * static_cast<std::size_t>(ranks_);
}

std::vector<std::uint64_t> TokenRouting::row(int sender) const
{
    const auto begin = table_.begin() + static_cast<std::ptrdiff_t>(row_of(sender));
    return {begin, begin + ranks_};
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
                         "skew.file {} has {} entries, which is no table of {} x {} ranks. Write {} entries, or "
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
        writer.collective(Part::expert, alltoallv(sent, received, spec.hidden, spec.dispatch_dtype),
                          bytes(spec.dispatch_dtype));
    }
    if (spec.expert_s > 0) {
        const double share = static_cast<double>(sum(received)) / std::max(routing.mean_received(), 1.0);
        writer.compute(compute_of(spec.compute, spec.expert_s * share));
    }
    if (ranks > 1) {
        writer.collective(Part::expert, alltoallv(received, sent, spec.hidden, spec.combine_dtype),
                          bytes(spec.combine_dtype));
    }
    return writer.finished();
}

std::uint64_t expert_total_bytes(const ExpertParallelSpec& spec, int ranks)
{
    return TokenRouting(spec, ranks).bottleneck() * spec.hidden *
           (size_of(spec.dispatch_dtype) + size_of(spec.combine_dtype));
}

}  // namespace plumbline
