// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/import/log_lines.hpp"
#include "results/import/log_reader.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace plumbline::import {

/// A test by the name that its table has; nothing in it for one that plumbline has no operation for.
struct NamedTest {
    std::string title;
    std::optional<Collective> collective;
    bool hypercube = false;  ///< the allgather that hypercube_perf makes of sends
};

/// A program of nccl-tests and what it measures.
struct NcclProgram {
    std::string_view name;  ///< "all_reduce"; "_perf" follows
    Collective collective = Collective::allreduce;
    bool hypercube = false;
};
/// Why the log of a program isn't imported.
std::string_view why_nccl_leaves_out(std::string_view program);
/// "all_reduce_perf", with or without folders before and "_perf" or more after it.
NamedTest nccl_test(std::string_view program);
/// "float" -> float32; nothing for types that plumbline doesn't have.
std::optional<DataType> nccl_type(std::string_view text);
/// "sum"; nothing for those that plumbline doesn't have.
std::optional<ReduceOp> nccl_op(std::string_view text);

/// The list of devices. With NCCL_TESTS_SPLIT_MASK there are several groups, each with a communicator of its own; what
/// is reported is rank 0's.
class NcclPlaces {
public:
    /// `rank` counts all processes; `device`: its index and bus address, as listed. The same rank again begins the list
    /// of another test.
    void add(int rank, std::uint64_t group, const std::string& host, const std::string& device = {});
    /// Of rank 0's group; nothing where no device was listed.
    std::optional<int> ranks() const;
    std::set<std::string> hosts() const;
    /// Nodes of rank 0's group: hosts, and more where one name lists the same device of several machines.
    int nodes() const;
    int groups() const;

private:
    struct Place {
        std::uint64_t group = 0;
        std::string host;
        std::string device;
    };
    std::uint64_t reported_group() const { return places_.empty() ? 0 : places_.begin()->second.group; }

    std::map<int, Place> places_;  ///< by rank
};

/// What both the table and the JSON say of one timing. `line`: of the log, for warnings.
struct NcclTiming {
    Collective collective = Collective::allreduce;
    bool hypercube = false;
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> count;  ///< elements
    std::string_view type, op, root;
    bool in_place = false;
    std::optional<Printed> time_us;  ///< nothing: it can't be read
    std::string_view time_text;
    std::optional<Printed> algbw_GBps, busbw_GBps;
    std::optional<double> wrong;  ///< elements
    std::string_view wrong_text;  ///< "N/A": not checked; what is neither that nor a number can't be read
    std::optional<int> iterations;
    std::optional<int> chain;  ///< executions that are waited for at once; nothing: the log doesn't say it
    bool host_time = false;  ///< the time is that of the host's calls (-C), so that of the operation follows from algbw
    int ranks = 0, nodes = 0;
    int groups = 1;               ///< that communicate at once, each of so many ranks
    std::string_view over_ranks;  ///< what -a said that the time is over ranks: "0", "1", "2", "3"; empty: nothing
    SampleMatrix seconds;         ///< [execution][rank], where they are all there
    int warmups = 0;              ///< so many of the first of them are no part of the result
    std::string against = {};     ///< what else the log has against the row; empty: nothing
    std::size_t line = 0;
};

/// What became of a timing.
enum class Believed : std::uint8_t {
    yes,                ///< a case, or left out with a warning
    no,                 ///< a case that failed: it can't be read, or contradicts itself
    contradicts_ranks,  ///< as `no`; its busbw is not that of the operation on so many ranks, so no row of the table is
                        ///< right
};
/// Adds it as a case, or warns. What the row says of itself (elements and type against bytes, time against algbw, algbw
/// against busbw, reduction against operation) is compared as far as it was printed.
Believed add_timing(NcclTiming timing, Collector& into);

/// The hint, or the log's; throws ConfigError when neither says it, or when they contradict each other.
Collective pattern_or_throw(const std::optional<Collective>& from_log, const Collector& into);
/// Where the hint is another number than the log's, it is taken and a warning says so.
int ranks_or_throw(const std::optional<int>& from_log, Collector& into);

}  // namespace plumbline::import
