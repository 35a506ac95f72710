// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// Lines of `run --log-json`: a JSON object each, without its line feed, as docs/reference/cli.md says. `time`: seconds
/// since 1970.

/// What stands before such a line on its way to stderr, where all other lines become objects too.
constexpr char log_mark = '\x1e';

/// A line of text for people, by its beginning an error, a warning or else.
std::string log_message(double time, std::string_view line);

struct LoggedPlan {
    std::size_t rounds = 0;
    std::size_t cases = 0;
    double bound_s = 0;
};
std::string log_begin(double time, const LoggedPlan& plan);

/// How far a plan is.
struct LoggedProgress {
    std::size_t done = 0;
    std::size_t rounds = 0;
    std::size_t failed = 0;
    double elapsed_s = 0;
    double left_s = 0;       ///< about
    double most_left_s = 0;  ///< at most
    std::string now;         ///< what is measured
};
std::string log_summary(double time, const LoggedProgress& progress);

/// A round is done. `row`: of that round alone; nothing where it was kept from an earlier launch.
std::string log_round(double time, const LoggedProgress& progress, const std::optional<CaseSummary>& row);

}  // namespace plumbline
