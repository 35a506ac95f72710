// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What is done to a job on purpose.
enum class SoakFaultKind : std::uint8_t {
    kill,           ///< SIGKILL of a rank, or of all ranks of a node
    stop,           ///< SIGSTOP of them: a hang
    kill_launcher,  ///< SIGKILL of what started the ranks
    slow,           ///< a rank's steps take longer for a while
    link_down,      ///< a link in a network namespace, for a while
    corrupt,        ///< a rank is killed, and a byte of its newest checkpoint that all ranks have turned round
    missing,        ///< as corrupt; the checkpoint is removed
    full_disk,      ///< the file system of the checkpoints is filled, for a while
    slow_load,      ///< loading takes at least so long, each time
    random,         ///< one of several, again and again
};
std::string_view name(SoakFaultKind kind);

/// One entry of `faults:`.
struct SoakFault {
    // The "= {}" lets designated initialisers leave them out.
    // NOLINTBEGIN(readability-redundant-member-init)
    SoakFaultKind kind = SoakFaultKind::kill;
    std::optional<int> rank = {};        ///< nothing: drawn by random, else 0
    std::optional<int> node = {};        ///< all ranks of it
    double at_s = 0;                     ///< after the first step; all but random and slow_load
    double every_s = 0;                  ///< random: mean time between two, exponentially distributed
    std::uint64_t seed = 1;              ///< random
    int times = 0;                       ///< random: at most so many; 0 = no end
    std::vector<SoakFaultKind> of = {};  ///< random
    double for_s = 0;                    ///< slow, link_down, full_disk
    double delay_s = 0;                  ///< slow: of each step; slow_load: of the load
    std::string network_namespace = {};  ///< link_down
    std::string device = {};             ///< link_down
    // NOLINTEND(readability-redundant-member-init)
    bool operator==(const SoakFault&) const = default;
};

}  // namespace plumbline
