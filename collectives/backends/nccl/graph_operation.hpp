// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/operation.hpp"
#include "collectives/backends/device/stream_operation.hpp"
#include "collectives/backends/nccl/libraries.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace plumbline::nccl {

/// An operation on a stream that is captured once, and launched as a graph.
class GraphOperation final : public Operation, private DeviceTimer {
public:
    /// Those that aren't captured yet. An operation leaves the list when it ends: a case may be given up before.
    using Waiting = std::vector<GraphOperation*>;

    GraphOperation(const cuda::CudaRuntime& runtime, const device::Lane& lane, const char* call,
                   std::function<void()> launch, std::shared_ptr<Waiting> waiting)
        : runtime_(runtime),
          lane_(lane),
          call_(call),
          launch_(std::move(launch)),
          stopwatch_(lane.runtime, lane.events),
          waiting_(std::move(waiting))
    {
        waiting_->push_back(this);
    }
    ~GraphOperation() override;
    /// Before the first start(), at the same time on all ranks: the library may connect them. Throws BackendError.
    void capture();

    void start() override
    {
        stopwatch_.begin(lane_.stream);
        runtime_.check(runtime_.calls.graph_launch(executable_, lane_.stream), "cudaGraphLaunch");
        stopwatch_.end(lane_.stream);
    }
    void finish() override { lane_.watch.wait(stopwatch_, call_); }
    const DeviceTimer* device_timer() const override { return this; }

private:
    std::optional<double> seconds() const override { return stopwatch_.seconds(); }

    const cuda::CudaRuntime& runtime_;
    device::Lane lane_;
    const char* call_;
    std::function<void()> launch_;
    device::Stopwatch stopwatch_;
    std::shared_ptr<Waiting> waiting_;
    cuda::GraphExecutable executable_ = nullptr;
};

}  // namespace plumbline::nccl
