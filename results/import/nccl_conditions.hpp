// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/import/commands.hpp"
#include "results/import/log_reader.hpp"
#include "results/import/nccl_names.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline::import {

/// How a test of nccl-tests was run, as its command and the lines above its table say.
class NcclConditions {
public:
    /// "# nThread 1 nGpus 1 ... warmup iters: 5 iters: 20 agg iters: 1 ... graph: 0", "# Blocking Enabled: ...".
    void read(const Line& line);
    void read_command(const Line& line, const Command& command);
    /// What was said is not of the next test.
    void end_test();

    /// That one time is the mean of; nothing where the log doesn't say it.
    std::optional<int> executions() const;
    /// Executions that are waited for at once; nothing where the log doesn't say it.
    std::optional<int> chain() const;
    /// What -a was given; empty: nothing.
    std::string_view over_ranks() const { return over_ranks_; }
    /// Those of the list of devices, of which lines may be lost, and of the command; a warning says where the two
    /// differ.
    std::optional<int> ranks(const NcclPlaces& listed, bool list_is_cut, Collector& into) const;

private:
    /// How many executions are waited for at once (-z).
    enum class Wait : std::uint8_t { unknown, all, each, each_iteration };

    std::optional<int> iterations_;
    int aggregated_ = 1;          ///< calls of an iteration
    int graphs_ = 1;              ///< launches of what was captured
    int ranks_of_a_process_ = 1;  ///< threads times devices
    Wait wait_ = Wait::unknown;
    std::string over_ranks_;
    std::optional<int> launched_processes_;
};

}  // namespace plumbline::import
