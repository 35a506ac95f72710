// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenarios/model/soak_faults.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::endure {

/// A fault that is to be injected now.
struct DueFault {
    SoakFaultKind kind = SoakFaultKind::kill;
    int rank = 0;
    std::optional<int> node;  ///< all of its ranks
    double for_s = 0;
    double delay_s = 0;
    std::string network_namespace, device;
    std::string entry;  ///< of the file, 0-based
    bool operator==(const DueFault&) const = default;
};
/// Whether a job is expected to end by it.
bool interrupts(SoakFaultKind kind);
/// Whether it spoils a checkpoint, which must be there then.
bool needs_checkpoint(SoakFaultKind kind);

/// Which faults of a file are due. Pure but for its own state; times in seconds since the first step.
class FaultSchedule {
public:
    /// `done`: how often each entry was injected already; random ones go on from `now_s`.
    FaultSchedule(std::vector<SoakFault> faults, const std::map<std::string, std::uint64_t>& done, double now_s);

    /// The first that is due at `now_s`, of a job of `ranks`.
    std::optional<DueFault> next_due(double now_s, int ranks) const;
    /// The same; it counts as injected then.
    std::optional<DueFault> take(double now_s, int ranks);
    /// When the next one is due; nothing where there is none.
    std::optional<double> next_s() const;
    /// How long each load is to take at least; 0 = as long as it takes.
    double load_s() const;
    /// The highest rank that an entry names, with which the launch has to do.
    int highest_rank() const;

private:
    struct Entry {
        SoakFault fault;
        std::uint64_t done = 0;
        double last_s = 0;  ///< random: of the last one
    };
    static std::optional<double> due_s(const Entry& entry);
    /// Index of the entry that is due at `now_s` first.
    std::optional<std::size_t> first_due(double now_s) const;
    std::vector<Entry> entries_;
};

}  // namespace plumbline::endure
