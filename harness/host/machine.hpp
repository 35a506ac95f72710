// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What tells the machine of a rank from others. Names don't: images that nobody renamed are all called localhost, and
/// one machine may have several names.
struct MachineIdentity {
    std::string name;          ///< for people
    std::string kernel;        ///< the boot id: no two kernels have the same; empty where it isn't told
    std::string clock;         ///< the time namespace: whose monotonic clock it has
    std::string surroundings;  ///< network and IPC namespaces: what processes need in common to be one host
    int first_beside = 0;      ///< the first rank of those that MPI shares memory with (MPI_COMM_TYPE_SHARED)
    bool operator==(const MachineIdentity&) const = default;
};

/// Of this process. `simulated`: the name is all that there is, since the ranks of a simulator are one process.
MachineIdentity this_machine(const std::string& name, int first_beside, bool simulated);

/// One line; nothing where a text isn't one.
std::string format_machine(const MachineIdentity& machine);
std::optional<MachineIdentity> parse_machine(std::string_view line);

struct Nodes {
    std::vector<int> of_rank;           ///< in order of their first rank
    std::vector<std::string> names;     ///< different ones: "localhost#1" where two machines have one name
    std::vector<std::string> warnings;  ///< where names and machines disagree, a sentence
};

/// Two ranks are on one node where their kernel and clock are the same and either MPI shares memory between them or
/// nothing separates their surroundings. Pure.
Nodes nodes_of_machines(std::span<const MachineIdentity> machine_of_rank);

}  // namespace plumbline
