// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/session.hpp"

#include <functional>
#include <string>
#include <vector>

namespace plumbline::test {

/// A port of this host that nothing listened at a moment ago.
int free_port();

/// How a rank of run_ranks() ended: "" where its body returned, else what it threw.
struct RankEnd {
    std::string sentence;
    bool user_error = false;  ///< it was a ConfigError
};

struct LaunchShape {
    int size = 1;
    std::string host = "127.0.0.1";
    int port = free_port();
    /// Called for each rank before it joins; false: that rank never comes.
    std::function<bool(control::JoinSettings&)> adjust;
};

/// A launch whose ranks are threads of this process, each with a session of its own. Rank r is on "host<r>" by its own
/// words.
std::vector<RankEnd> run_ranks(const LaunchShape& shape, const std::function<void(control::Session&)>& body);

/// The same of ranks that all come: expects that none throws.
void expect_ranks_run(const LaunchShape& shape, const std::function<void(control::Session&)>& body);

/// How a rank of run_processes() ended.
struct ProcessEnd {
    int status = -1;       ///< what it exited with; 128 + the signal's number where one ended it
    std::string sentence;  ///< of what its body threw
    int pid = 0;
};

/// As run_ranks(), but each rank is a process of its own; exits with 0 where its body returned, with 5 where it threw.
std::vector<ProcessEnd> run_processes(const LaunchShape& shape, const std::function<void(control::Session&)>& body);

}  // namespace plumbline::test
