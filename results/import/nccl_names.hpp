#pragma once

#include "collectives/operations/types.hpp"
#include "results/import/log_reader.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace plumbline::import {

/// The operation of a program such as "all_reduce_perf", with or without folders before it and a suffix after it.
std::optional<Collective> nccl_collective(std::string_view program);
/// "float" -> float32; nothing for types that plumbline doesn't have.
std::optional<DataType> nccl_type(std::string_view text);
/// "sum"; nothing for those that plumbline doesn't have.
std::optional<ReduceOp> nccl_op(std::string_view text);

/// The list of devices. With NCCL_TESTS_SPLIT_MASK there are several groups, each with its own communicator; the log
/// reports rank 0's.
class NcclPlaces {
public:
    /// `rank` counts all processes. A repeated rank starts the list of another test.
    void add(int rank, std::uint64_t group, const std::string& host);
    /// Of rank 0's group; nothing where no device was listed.
    std::optional<int> ranks() const;
    std::set<std::string> hosts() const;
    int groups() const;

private:
    struct Place {
        std::uint64_t group = 0;
        std::string host;
    };
    std::uint64_t reported_group() const { return places_.empty() ? 0 : places_.begin()->second.group; }

    std::map<int, Place> places_;  ///< by rank
};

/// One timing, as the table and the JSON both report it.
struct NcclTiming {
    Collective collective = Collective::allreduce;
    std::uint64_t bytes = 0;
    std::string_view type, op, root;
    bool in_place = false;
    double time_us = 0;
    std::optional<double> busbw_GBps, wrong;
    std::optional<int> iterations;
    int ranks = 0, nodes = 0;
    int groups = 1;  ///< that communicate at the same time, each of `ranks` ranks
    std::size_t line = 0;
};
/// Adds it as a case, or warns.
void add_timing(const NcclTiming& timing, Collector& into);

/// The user's hint, or else the log's value. Throws ConfigError where there is neither.
Collective pattern_or_throw(const std::optional<Collective>& from_log, const Collector& into);
int ranks_or_throw(const std::optional<int>& from_log, const Collector& into);

}  // namespace plumbline::import
