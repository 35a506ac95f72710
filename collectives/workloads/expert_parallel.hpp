// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/traffic.hpp"
#include "collectives/workloads/program.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// One mixture-of-experts layer: each rank sends its tokens to the ranks of their experts, which compute and send them
/// back. Fixed tokens per rank.
struct ExpertParallelSpec {
    std::uint64_t tokens = 4096;  ///< of one rank; unused where skew is matrix
    std::uint64_t hidden = 7168;
    int top_k = 8;     ///< experts of one token; 0 where skew is matrix and it is unknown
    int experts = 64;  ///< of all ranks; unused where skew is matrix
    DataType dispatch_dtype = DataType::bfloat16;
    DataType combine_dtype = DataType::bfloat16;
    SkewKind skew = SkewKind::uniform;  ///< of tokens over experts
    double skew_factor = 1;
    std::uint64_t skew_seed = 1;
    /// skew matrix: tokens that row's rank sends to column's rank; read by the loader from routing_path.
    std::string routing_path = {};
    std::vector<std::uint64_t> routing = {};
    double expert_s = 0;  ///< compute for the mean number of tokens per rank; a rank with more tokens takes longer
    ComputeSpec compute = {};
    bool operator==(const ExpertParallelSpec&) const = default;
};

/// How random routing is drawn; the number is in a case's parameters. Before 2 whole rows of experts were drawn, so
/// that what one rank receives took O(ranks * experts) steps.
inline constexpr int routing_generator = 2;

/// Tokens that each rank sends to each rank, by rows. A token that goes to k experts is sent k times: each rank sends
/// tokens * top_k in all, whether or not that divides by the ranks. Holds O(ranks) numbers, but for a matrix.
class TokenRouting {
public:
    /// `most_received`: the largest received() of all ranks, where the caller knows it. Else it is computed, for random
    /// routing in O(ranks^2) steps.
    TokenRouting(const ExpertParallelSpec& spec, int ranks, std::optional<std::uint64_t> most_received = {});
    std::vector<std::uint64_t> row(int sender) const;
    std::vector<std::uint64_t> column(int receiver) const;
    /// The most tokens that any rank sends or receives.
    std::uint64_t bottleneck() const { return bottleneck_; }
    /// Tokens of the rank that receives most / mean over the ranks: 1 where routing is even.
    double skew_factor() const { return skew_factor_; }
    double mean_received() const { return mean_received_; }
    /// Tokens that all ranks send together.
    std::uint64_t passed() const { return passed_; }

private:
    void summarize(std::optional<std::uint64_t> most_received);
    std::uint64_t tokens(int sender, int receiver) const;
    std::uint64_t share(const std::vector<std::uint64_t>& bounds, int sender, int receiver) const;
    std::uint64_t drawn_tokens(int sender, int receiver) const;

    int ranks_;
    SkewKind skew_;
    std::uint64_t seed_;
    int experts_of_rank_;
    std::uint64_t routed_;              ///< tokens of one sender; unused for a matrix
    std::vector<std::uint64_t> table_;  ///< running sums of the shares' weights; of a matrix all tokens
    std::uint64_t passed_ = 0;
    std::uint64_t bottleneck_ = 0;
    double skew_factor_ = 1;
    double mean_received_ = 0;
};

/// Tokens that a rank receives, of which the ranks have to find the largest together; nothing where each rank knows it
/// without the others.
std::optional<std::uint64_t> received_to_agree_on(const ExpertParallelSpec& spec, int rank, int ranks);

/// Why the workload can't run on so many ranks, one sentence; empty where it can.
std::string why_impossible(const ExpertParallelSpec& spec, int ranks);

// `most_received` as TokenRouting takes it.
Program expert_parallel_program(const ExpertParallelSpec& spec, int rank, int ranks,
                                std::optional<std::uint64_t> most_received = {});
/// S: bytes of dispatch and combine together on the rank that has the most.
std::uint64_t expert_total_bytes(const ExpertParallelSpec& spec, int ranks,
                                 std::optional<std::uint64_t> most_received = {});
/// Tokens of all ranks; nothing where skew is matrix and top_k is unknown.
std::optional<double> tokens_of_step(const ExpertParallelSpec& spec, int ranks);

}  // namespace plumbline
