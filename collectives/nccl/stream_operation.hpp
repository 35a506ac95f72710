#pragma once

#include "collectives/backend.hpp"
#include "collectives/nccl/comm.hpp"
#include "collectives/nccl/device.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace plumbline::nccl {

/// What an operation on a stream needs of its group.
struct Lane {
    const Libraries& libraries;
    Watch& watch;
    cuda::Stream stream = nullptr;
    bool timed = true;  ///< by the device's events too
};

/// `Launch` puts the work on the stream: a callable that holds everything it needs.
template <class Launch>
class StreamOperation final : public Operation {
public:
    StreamOperation(const Lane& lane, const char* call, Launch launch)
        : lane_(lane), call_(call), launch_(std::move(launch)), stopwatch_(lane.libraries.runtime, lane.timed)
    {
    }
    void start() override
    {
        stopwatch_.begin(lane_.stream);
        launch_();
        stopwatch_.end(lane_.stream);
    }
    void finish() override { lane_.watch.wait(stopwatch_, call_); }
    std::optional<double> device_seconds() const override { return stopwatch_.seconds(); }

private:
    Lane lane_;
    const char* call_;
    Launch launch_;
    Stopwatch stopwatch_;
};

template <class Launch>
std::unique_ptr<Operation> on_stream(const Lane& lane, const char* call, Launch launch)
{
    return std::make_unique<StreamOperation<Launch>>(lane, call, std::move(launch));
}

/// The same as a graph that was captured once.
class GraphOperation final : public Operation {
public:
    GraphOperation(const Lane& lane, const char* call, std::function<void()> launch)
        : lane_(lane), call_(call), launch_(std::move(launch)), stopwatch_(lane.libraries.runtime, lane.timed)
    {
    }
    ~GraphOperation() override;
    /// Before the first start(), at the same time on all ranks: the library may connect them. Throws BackendError.
    void capture();

    void start() override
    {
        const Runtime& runtime = lane_.libraries.runtime;
        stopwatch_.begin(lane_.stream);
        runtime.check(runtime.graph_launch(executable_, lane_.stream), "cudaGraphLaunch");
        stopwatch_.end(lane_.stream);
    }
    void finish() override { lane_.watch.wait(stopwatch_, call_); }
    std::optional<double> device_seconds() const override { return stopwatch_.seconds(); }

private:
    Lane lane_;
    const char* call_;
    std::function<void()> launch_;
    Stopwatch stopwatch_;
    cuda::GraphExecutable executable_ = nullptr;
};

}  // namespace plumbline::nccl
