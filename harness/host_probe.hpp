#pragma once

#include "collectives/communicator.hpp"
#include "harness/shared_line.hpp"
#include "results/machine_state.hpp"
#include "scenarios/scenario.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// The place of a rank among those of its host, in rank order, and the rank that it exchanges probe messages with: the
/// ranks of a host are paired in order, the last of an odd number has no partner.
struct LocalPlace {
    int index = 0;
    std::optional<int> partner;
    bool operator==(const LocalPlace&) const = default;
};
std::vector<LocalPlace> pair_up(const Topology& topology);

/// One number a host that has a pair, in the order of the hosts: the median of what its ranks saw. NaN is no number.
std::vector<double> by_host(std::span<const double> neighbour_s, const Topology& topology);

/// Looks at the hosts between measurements. For real processes: its clock is the host's.
class HostProber {
public:
    /// Collective over world; refers to what it is given.
    HostProber(Communicator& world, const Topology& topology);

    /// Collective over world: the state of the machine in some 0.2 ms; see StateProbe. On rank 0, empty elsewhere.
    /// All ranks must be about to call it: those that wait do so at full speed.
    std::vector<double> look();

    /// Collective over world: everything, in some 10 ms. On rank 0; ranks left empty elsewhere.
    HostProbe take(int position);

private:
    Communicator& world_;
    const Topology& topology_;
    LocalPlace mine_;
    int turns_ = 0;  ///< in which ranks of a host probe alone
    std::unique_ptr<SharedLine> line_;
    bool any_line_ = false;  ///< on some rank
};

}  // namespace plumbline
