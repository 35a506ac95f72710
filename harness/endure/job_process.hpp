// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace plumbline::endure {

/// What started the ranks, and what is left of it on this host. Its output comes through one pipe. The kernel ends it
/// with SIGTERM where this process dies.
class JobProcess {
public:
    /// This process becomes the parent of orphans, so that none of a job is left. `environment`: "NAME=VALUE", beside
    /// this process's. Throws std::system_error where no
    /// process can be made.
    JobProcess(const std::vector<std::string>& words, const std::vector<std::string>& environment);
    JobProcess(const JobProcess&) = delete;
    JobProcess& operator=(const JobProcess&) = delete;
    ~JobProcess();  ///< end()

    pid_t pid() const { return pid_; }
    int output() const { return output_; }  ///< never blocks
    /// Lines that have come meanwhile, without their line feeds.
    std::vector<std::string> read_lines();
    /// Of the launcher, once it has ended: as wait(2) gives it.
    std::optional<int> status();
    void signal(int signal) const;
    /// SIGTERM, and SIGKILL `patience_s` later or at once where the launcher is gone, to all that is left here; waits
    /// for them.
    void end(double patience_s);

private:
    pid_t pid_ = -1;
    int output_ = -1;
    std::optional<int> status_;
    std::string line_;  ///< unfinished
};

/// "PID STARTED_TICKS", by which a process is known again; "" where there is none.
std::string process_name(pid_t pid);
/// Ends a launcher that another supervisor started, where it still is: by process_name().
void end_former_job(const std::string& process_name);
/// The program that a word leads to, as a shell finds it; nothing where there is none.
std::optional<std::string> found_program(const std::string& word);

}  // namespace plumbline::endure
