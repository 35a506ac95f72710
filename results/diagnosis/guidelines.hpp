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

/// What a library should keep whatever the machine: performance guidelines (Traff, Gropp, Thakur, "Self-consistent MPI
/// performance requirements", IEEE TPDS 21(5), 2010; Hunold, Carpen-Amarie, "Autotuning MPI collectives using
/// performance guidelines", HPC Asia 2018). A user can put the right side in the place of the left one, so that a left
/// side that takes longer is a wrong choice of the library's, not a slow machine.
enum class GuidelineKind : std::uint8_t {
    composition,  ///< an operation takes no longer than others that do the same together
    monotone,     ///< fewer bytes take no longer than more
    split,        ///< k * S bytes take no longer than k times S bytes
};
std::string_view name(GuidelineKind kind);

/// A case as guidelines see it.
struct GuidelineCase {
    CaseHeader header;
    std::vector<double> slowest_s;                       ///< slowest_seconds()
    std::vector<double> observations_s;                  ///< observations(): of rounds where there are enough
    std::vector<std::vector<double>> slowest_of_rounds;  ///< the same by rounds
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
    int times = 1;             ///< split: how often the right side is done
    double left_s = 0;
    double right_s = 0;
    double ratio = 1;   ///< left / right, of medians
    Interval interval;  ///< of the ratio, at GuidelineRules::confidence
    bool operator==(const GuidelineViolation&) const = default;
};

struct GuidelineRules {
    double confidence = 0.95;   ///< of the intervals that are printed
    double false_names = 0.01;  ///< chance of any broken one in a file in which all are kept
    double least = 1.04;        ///< left / right must be beyond this; the right side's own copies cost time too
};

struct GuidelineReport {
    std::vector<GuidelineViolation> broken;  ///< largest ratio first
    std::size_t compared = 0;                ///< both sides of so many were measured, with enough samples
    std::size_t too_few_samples = 0;         ///< could not be judged for want of samples
    std::size_t unlike_machines = 0;         ///< could not: its sides were measured in different states of the machine
    bool operator==(const GuidelineReport&) const = default;
};

/// Pure. A rooted operation that was timed in batches is no right side of a composition, nor of a size that was not:
/// ranks that needn't wait for the root run ahead, so that the mean is less than one takes. Compares cases of the same
/// type, ranks, nodes, placement, rank set and number of bytes S. Broken is what is beyond `least` with its whole
/// interval (exact, of medians; for sums both ends are added up), at a chance of false_names shared among all
/// comparisons, and in three of four rounds by itself.
GuidelineReport check_guidelines(std::span<const GuidelineCase> cases, const GuidelineRules& rules = {});

/// Where to look first when it is broken, by the library that was measured ("Open MPI v4.1.4, ..."): one sentence
/// without a full stop.
std::string suggested_setting(const GuidelineViolation& broken, std::string_view library);

}  // namespace plumbline
