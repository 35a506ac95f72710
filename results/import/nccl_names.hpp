#pragma once

#include "collectives/types.hpp"
#include "results/import/log_reader.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace plumbline::import {

/// "all_reduce_perf", with or without folders before and "_perf" or more after it.
std::optional<Collective> nccl_collective(std::string_view program);
/// "float" -> float32; nothing for types that plumbline doesn't have.
std::optional<DataType> nccl_type(std::string_view text);
/// "sum"; nothing for those that plumbline doesn't have.
std::optional<ReduceOp> nccl_op(std::string_view text);

/// What both the table and the JSON say of one timing.
struct NcclTiming {
    Collective collective = Collective::allreduce;
    std::uint64_t bytes = 0;
    std::string_view type, op, root;
    bool in_place = false;
    double time_us = 0;
    std::optional<double> busbw_GBps, wrong;
    std::optional<int> iterations;
    int ranks = 0, nodes = 0;
    std::size_t line = 0;
};
/// Adds it as a case, or warns.
void add_timing(const NcclTiming& timing, Collector& into);

/// The hint, or the log's; throws ConfigError when neither says it.
Collective pattern_or_throw(const std::optional<Collective>& from_log, const Collector& into);
int ranks_or_throw(const std::optional<int>& from_log, const Collector& into);

}  // namespace plumbline::import
