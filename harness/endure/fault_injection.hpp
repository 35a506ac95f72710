// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/endure/fault_schedule.hpp"
#include "harness/endure/line_connection.hpp"

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace plumbline::endure {

/// A rank that faults can be injected into.
struct RankLink {
    int rank = 0;
    int node = 0;
    LineConnection* connection = nullptr;
};

struct InjectionTarget {
    std::vector<RankLink> links;
    pid_t launcher = -1;
    std::filesystem::path checkpoint_folder;
    double now_s = 0;  ///< on the steady clock
};

/// Carries out faults, and takes back what lasts for a while.
class FaultInjection {
public:
    FaultInjection() = default;
    FaultInjection(const FaultInjection&) = delete;
    FaultInjection& operator=(const FaultInjection&) = delete;
    ~FaultInjection();  ///< takes back all

    /// A checkpoint is damaged when the job has gone: until then its ranks may write another one.
    void inject(const DueFault& fault, const InjectionTarget& target);
    void tick(double now_s);
    /// To be called when no process of the job is left, before the next launch: spoils the checkpoints that are to be.
    void job_is_gone();

private:
    struct Damage {
        SoakFaultKind kind = SoakFaultKind::corrupt;
        int rank = 0;
        std::vector<int> ranks{};  ///< of the job
        std::filesystem::path checkpoint_folder;
    };
    struct Lasting {
        double until_s = 0;
        std::function<void()> take_back;
    };
    std::vector<Lasting> lasting_;
    std::vector<Damage> damages_;
};

/// Why a fault can't be injected here, one sentence; nothing where it can.
std::optional<std::string> injection_problem(const SoakFault& fault, const std::filesystem::path& checkpoint_folder);

}  // namespace plumbline::endure
