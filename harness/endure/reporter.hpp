// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/endure/line_connection.hpp"
#include "harness/util/rank_status.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

namespace plumbline::endure {

/// Rank 0's link to the supervisor: a thread that tells the step counter some 20 times a second where it moves, and
/// that the rank is alive while its status changes. Where the supervisor is gone it ends the process with status 5.
class Reporter {
public:
    /// Refers to `status`.
    Reporter(LineConnection connection, const RankStatus& status);
    Reporter(const Reporter&) = delete;
    Reporter& operator=(const Reporter&) = delete;
    ~Reporter();

    void set_steps(std::uint64_t steps) noexcept { steps_.store(steps, std::memory_order_relaxed); }
    /// At once, after the step counter as it stands.
    void tell(const Message& message);
    bool asked_to_stop() const noexcept { return asked_to_stop_.load(std::memory_order_relaxed); }

private:
    void follow();
    void send_steps();

    std::mutex mutex_;  ///< of connection_ and told_
    LineConnection connection_;
    const RankStatus& status_;
    std::uint64_t told_ = 0;
    std::atomic<std::uint64_t> steps_{0};
    std::atomic<bool> asked_to_stop_{false};
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

/// A rank's part in injecting faults: a thread that does to its own process what the supervisor says. Where the
/// supervisor is gone it ends the process with status 5.
class FaultAgent {
public:
    explicit FaultAgent(LineConnection connection);
    FaultAgent(const FaultAgent&) = delete;
    FaultAgent& operator=(const FaultAgent&) = delete;
    ~FaultAgent();

    /// By how much each step is to be slowed down now; 0 = not at all.
    double delay_s() const noexcept { return delay_s_.load(std::memory_order_relaxed); }

private:
    void follow();

    LineConnection connection_;
    std::atomic<double> delay_s_{0};
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

}  // namespace plumbline::endure
