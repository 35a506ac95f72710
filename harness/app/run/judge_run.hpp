// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/run/console.hpp"
#include "harness/run/plan_executor.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace plumbline::app {

enum class Detail : std::uint8_t {
    verdict_alone,
    everything,
};

/// How a plan ended, on the writer rank.
struct Conclusion {
    int status = 0;  ///< exit status
    /// Message size that --diagnose-on-fail would measure: see probe_message_bytes(). Nothing where no bandwidth target
    /// failed.
    std::optional<std::uint64_t> probe_bytes;
};

/// Judges the file at `path` against its own targets and prints the result. An incomplete outcome is an error message
/// and status 5.
Conclusion judge_and_print(const Console& console, const RunOutcome& outcome, const std::string& path, Detail detail);

/// Runs `work` on one rank alone: an exception of it becomes a message and status 5, because the other ranks wait for
/// the status.
void guard_exit_status(const Console& console, int& status, const std::function<void()>& work);

}  // namespace plumbline::app
