// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

/// A name and what it is, for the record ("library" -> "Open MPI 4.1.4").
using Facts = std::vector<std::pair<std::string, std::string>>;

/// What numbers of a library are worth. They must be marked everywhere as what they are.
enum class LibraryKind : std::uint8_t {
    real,
    simulated,  ///< times are not of this machine
    fake,       ///< a test double that pretends to be the library: no target can pass on its numbers
};

/// What is known of a backend once this rank is up; it never changes.
struct BackendInfo {
    std::string name;  ///< as in the scenario: "mpi"
    LibraryKind kind = LibraryKind::real;
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    Facts facts = {};         ///< what was really used: first "library", with its version, then transport and the like
    std::string device = {};  ///< of this rank ("0 GPU-... (NVIDIA H100)"); "" where it works on host memory
    // NOLINTEND(readability-redundant-member-init)
    /// Threads of each rank that want a core while an operation goes on: its own, and those of the library.
    int threads_per_rank = 1;
    /// Ranks whose group broke can join anew, so that the next case can be measured.
    bool survives_failure = false;
    /// False where messages are no good for bringing ranks to a common start (they go over devices): another library
    /// does that then.
    bool can_synchronize = true;
};

}  // namespace plumbline
