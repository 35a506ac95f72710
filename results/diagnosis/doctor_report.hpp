// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// How bad a finding is for a run on these nodes. The larger, the worse.
enum class Severity : std::uint8_t { note, disturbs, breaks };

/// What is wrong or odd on some nodes, and what to do about it.
struct DoctorFinding {
    Severity severity = Severity::note;
    std::string about;               ///< "memlock", "library libnccl.so.2", "time"
    std::vector<std::string> hosts;  ///< whom it concerns; empty: the launch as a whole
    std::string problem;             ///< a sentence without its full stop, which doesn't name the hosts
    std::string advice;              ///< the same
    bool operator==(const DoctorFinding&) const = default;
};

/// One property of a node.
struct NodeFact {
    std::string about;                     ///< "library libnccl.so.2": its first word is the topic
    std::string value;                     ///< "2.28.9 (build 51c0ffee)"
    std::optional<Severity> if_different;  ///< how bad it is where nodes differ in it; nothing: they always do
    bool operator==(const NodeFact&) const = default;
};

/// Nodes that have the same facts, as far as these are compared.
struct AlikeNodes {
    std::vector<std::string> hosts;
    std::vector<NodeFact> facts;  ///< of the largest such group all, of the others those that differ from it
    bool operator==(const AlikeNodes&) const = default;
};

/// What `doctor` found before a run.
struct DoctorReport {
    std::string way;        ///< "mpi", "tcp", "alone"; "none" where the ranks don't come up
    std::string announced;  ///< the variable or option that says how many ranks there are; "" = nothing does
    std::string library;    ///< "Open MPI 4.1.4"; "" without MPI
    std::string module;     ///< path of MPI's module; "" without one
    int ranks = 1;
    std::vector<AlikeNodes> nodes;  ///< the largest group first
    std::vector<DoctorFinding> findings;

    bool breaks() const;
};

/// "breaks", "disturbs", "note".
const char* name(Severity severity);

}  // namespace plumbline
