#pragma once

#include "collectives/error.hpp"
#include "collectives/sim/sim_backend.hpp"
#include "collectives/thread_group.hpp"
#include "results/record.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::testing {

/// Runs `body` on `ranks` threads, each with its simulated backend.
inline void simulate(int ranks, const sim::Cluster& cluster, const std::function<void(Communicator&, Backend&)>& body)
{
    const auto fabric = sim::make_fabric(cluster, ranks);
    run_as_threads(ranks, [&](Communicator& world) {
        sim::SimBackend backend(fabric, world.rank());
        body(world, backend);
    });
}

/// Keeps records in memory; on request it fails like a full disk.
class MemorySink final : public ResultSink {
public:
    explicit MemorySink(std::size_t room = 1000000) : room_(room) {}
    void store(const CaseHeader& header, const Round& round) override
    {
        if (records.size() >= room_) {
            throw StoreError("no space left");
        }
        records.push_back({header, {round}});
    }
    void finish(bool complete) override { finished_complete = complete; }

    std::vector<CaseRecord> records;
    std::optional<bool> finished_complete;

private:
    std::size_t room_;
};

}  // namespace plumbline::testing
