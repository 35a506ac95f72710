// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/case_header.hpp"
#include "results/records/round.hpp"
#include "results/statistics/statistics.hpp"
#include "results/texts/language.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace plumbline {

/// "24 cases", or "192 rounds of 24 cases" where cases have several.
Sentence slots_said(std::size_t slots, std::size_t cases);

/// "40 s", "5:03 min", "2:10 h".
std::string clock_text(double seconds);

/// Observes the progress of a run. One rank has a real one, the others a null one. Never called inside a timed region.
class Progress {
public:
    virtual ~Progress() = default;
    /// `slots`: rounds of all cases together. `bound_s`: upper bound of their time, of which `budget_s` are the sums of
    /// max_seconds.
    virtual void begin(std::size_t slots, std::size_t cases, double bound_s, double budget_s) = 0;
    /// `slot`: 0-based position in the order of execution.
    virtual void started(std::size_t slot, const Case& c, int round) = 0;
    virtual void sampled(std::size_t samples, std::optional<double> median_s, std::optional<Interval> interval) = 0;
    virtual void finished(std::size_t slot, const CaseHeader& header, const Round& round) = 0;
    /// The slot is in the file already, from an earlier launch.
    virtual void kept(std::size_t slot, const Case& c) = 0;
    /// The run goes on, and this is worth knowing meanwhile.
    virtual void warn(const Sentence& what) = 0;
};

class NullProgress final : public Progress {
public:
    void begin(std::size_t, std::size_t, double, double) override {}
    void started(std::size_t, const Case&, int) override {}
    void sampled(std::size_t, std::optional<double>, std::optional<Interval>) override {}
    void finished(std::size_t, const CaseHeader&, const Round&) override {}
    void kept(std::size_t, const Case&) override {}
    void warn(const Sentence&) override {}
};

enum class ProgressStyle {
    plain,  ///< one line per finished case
    live,   ///< the line of the present case is redrawn
};

/// Lines of 80 columns such as "[ 3/24] 12 % 4 s, 16 s left  allreduce, 64 KiB, 2 ranks  13.1 us, 4.1 GB/s";
/// a plain one also where a case takes more than 10 s. The first disturbance of each kind is a warning, and one line at
/// the end counts them all. `ranks`: a name for each world rank, such as "rank 3 on node7".
std::unique_ptr<Progress> make_progress(std::ostream& out, ProgressStyle style, double confidence,
                                        std::vector<std::string> ranks = {}, Language language = Language::en);

}  // namespace plumbline
