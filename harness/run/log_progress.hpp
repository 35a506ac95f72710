// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/run/progress.hpp"
#include "harness/util/timing.hpp"

#include <functional>
#include <memory>
#include <ostream>

namespace plumbline {

/// Progress for files and programs: JSON, by the minute, or both.
struct LogStyle {
    bool json = false;                 ///< objects of results/printers/log.hpp, each after `log_mark`
    bool by_minute = false;            ///< a line a minute at most, else one a round
    Language language = Language::en;  ///< of lines; objects are English
};

/// `now_s`: a clock that only goes on.
std::unique_ptr<Progress> make_log_progress(std::ostream& out, const LogStyle& style, double confidence,
                                            std::function<double()> now_s = steady_now_s);

}  // namespace plumbline
