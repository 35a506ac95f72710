#pragma once

#include "collectives/traffic.hpp"
#include "collectives/workloads/program.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace plumbline {

/// One mixture-of-experts layer: each rank sends its tokens to the ranks of their experts, which compute and send them
/// back. Fixed tokens per rank.
struct ExpertParallelSpec {
    std::uint64_t tokens = 4096;  ///< of one rank
    std::uint64_t hidden = 7168;
    int top_k = 8;     ///< experts of one token
    int experts = 64;  ///< of all ranks
    DataType dispatch_dtype = DataType::bfloat16;
    DataType combine_dtype = DataType::bfloat16;
    SkewKind skew = SkewKind::uniform;  ///< of tokens over experts
    double skew_factor = 1;
    std::uint64_t skew_seed = 1;
    /// skew matrix: tokens that row's rank sends to column's rank; read by the loader from routing_path.
    std::string routing_path = {};
    std::vector<std::uint64_t> routing = {};
    double expert_s = 0;  ///< compute for the mean number of tokens a rank; a rank with more takes longer
    ComputeSpec compute = {};
    bool operator==(const ExpertParallelSpec&) const = default;
};

/// Tokens that each rank sends to each rank, a row at a time.
class TokenRouting {
public:
    TokenRouting(const ExpertParallelSpec& spec, int ranks);
    std::vector<std::uint64_t> row(int sender) const;
    std::vector<std::uint64_t> column(int receiver) const;
    /// The most tokens that any rank sends or receives.
    std::uint64_t bottleneck() const { return bottleneck_; }
    /// The most that a rank receives / what the ranks receive on average: 1 when even.
    double skew_factor() const { return skew_factor_; }
    double mean_received() const { return mean_received_; }

private:
    std::uint64_t tokens(int sender, int receiver) const
    {
        return table_[row_of(sender) + static_cast<std::size_t>(receiver)];
    }
    std::size_t row_of(int sender) const;

    int ranks_;
    bool alike_;                        ///< all senders send the same
    std::vector<std::uint64_t> table_;  ///< one row where they do, else all
    std::uint64_t bottleneck_ = 0;
    double skew_factor_ = 1;
    double mean_received_ = 0;
};

/// Why it can't run on so many ranks, one sentence; empty when it can.
std::string why_impossible(const ExpertParallelSpec& spec, int ranks);

Program expert_parallel_program(const ExpertParallelSpec& spec, int rank, int ranks);
/// S: bytes of dispatch and combine together on the rank that has most.
std::uint64_t expert_total_bytes(const ExpertParallelSpec& spec, int ranks);

}  // namespace plumbline
