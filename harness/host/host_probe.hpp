#pragma once

#include "collectives/api/communicator.hpp"
#include "harness/host/core_to_core_latency.hpp"
#include "harness/host/l1_copy_probe.hpp"
#include "results/records/machine_state.hpp"
#include "scenarios/model/scenario.hpp"

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

/// What one rank sees of its core; NaN is no number.
struct CoreLook {
    double cache_line_latency_s = 0;
    double l1_copy_s = 0;
};
/// In the order of the hosts: of the lines the median, for hosts whose ranks saw any; of the copies the slowest.
HostSnapshot by_host(std::span<const CoreLook> of_rank, const Topology& topology);

/// Looks at the hosts between measurements. For real processes: its clock is the host's.
class HostProber {
public:
    /// Collective over world; refers to what it is given.
    HostProber(Communicator& world, const Topology& topology);

    /// Collective over world: the state of the machine in some 0.3 ms. On rank 0, empty elsewhere.
    /// All ranks must be about to call it: those that wait do so at full speed.
    HostSnapshot look();

    /// Collective over world: everything, in some 10 ms. On rank 0; ranks left empty elsewhere.
    HostProbe take(int position);

private:
    Communicator& world_;
    const Topology& topology_;
    LocalPlace mine_;
    int turns_ = 0;  ///< in which ranks of a host probe alone
    std::unique_ptr<CoreToCoreProbe> line_;
    std::unique_ptr<CopyWithinCore> copy_;
};

}  // namespace plumbline
