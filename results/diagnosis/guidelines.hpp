// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"
#include "results/records/case_record.hpp"
#include "results/statistics/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Performance guidelines, which a library should meet whatever the machine (Traff, Gropp, Thakur, "Self-consistent MPI
/// performance requirements", IEEE TPDS 21(5), 2010; Hunold, Carpen-Amarie, "Autotuning MPI collectives using
/// performance guidelines", HPC Asia 2018). A user can replace the left side by the right one, so a slower left side is
/// a wrong choice of the library, not a slow machine.
enum class GuidelineKind : std::uint8_t {
    composition,  ///< an operation takes no longer than other operations that together do the same
    monotone,     ///< fewer bytes take no longer than more bytes
    split,        ///< k * S bytes take no longer than k times S bytes
};
std::string_view name(GuidelineKind kind);

/// What guidelines need of a case.
struct GuidelineCase {
    CaseHeader header;
    std::vector<double> slowest_s;                       ///< slowest_seconds()
    std::vector<double> observations_s;                  ///< observations(): medians of rounds where there are enough
    std::vector<std::vector<double>> slowest_of_rounds;  ///< [round] slowest_seconds()
    int machine_state = 0;
    bool batched = false;  ///< some sample is the mean of several executions
};
GuidelineCase guideline_case(const CaseRecord& record);

struct GuidelineViolation {
    GuidelineKind kind = GuidelineKind::composition;
    std::string rule;  ///< "allreduce <= reduce_scatter + allgather"
    int case_id = 0;   ///< of the left side
    std::string at;    ///< describe() of it
    std::string pattern;
    std::vector<int> against;  ///< cases of the right side
    int times = 1;             ///< split: how often the right side is executed
    double left_s = 0;
    double right_s = 0;
    double ratio = 1;   ///< left / right, of medians
    Interval interval;  ///< of the ratio, at GuidelineRules::confidence
    bool operator==(const GuidelineViolation&) const = default;
};

struct GuidelineRules {
    double confidence = 0.95;   ///< of the intervals that are printed
    double false_names = 0.01;  ///< chance of any violation in a file in which all guidelines are met
    double least = 1.04;        ///< left / right must be above this: the right side's own copies cost time too
};

struct GuidelineReport {
    std::vector<GuidelineViolation> broken;  ///< largest ratio first
    std::size_t compared = 0;                ///< comparisons both sides of which have enough samples
    std::size_t too_few_samples = 0;         ///< comparisons with too few samples to judge
    std::size_t unlike_machines = 0;         ///< comparisons whose sides were measured in different machine states
    bool operator==(const GuidelineReport&) const = default;
};

/// Compares cases of the same type, ranks, nodes, placement, rank set and number of bytes S. A guideline is violated
/// where the whole interval of the ratio (exact, of medians; both ends are added up for sums) lies above `least`, at a
/// chance of false_names shared among all comparisons, and in three of four rounds each. A rooted operation that was
/// timed in batches is the right side of no composition, nor of a size that was timed without: ranks that don't wait
/// for the root run ahead, so the mean is below the time of one execution. Pure.
GuidelineReport check_guidelines(std::span<const GuidelineCase> cases, const GuidelineRules& rules = {});

/// The setting to try first, for the library that was measured ("Open MPI v4.1.4, ..."): one sentence without a full
/// stop.
std::string suggested_setting(const GuidelineViolation& broken, std::string_view library);

}  // namespace plumbline
