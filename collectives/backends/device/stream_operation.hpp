// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/operation.hpp"
#include "collectives/backends/device/async_error_monitor.hpp"
#include "collectives/backends/device/memory.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace plumbline::device {

/// What an operation on a stream needs of its group.
struct Lane {
    const Runtime& runtime;
    Watch& watch;
    StreamHandle stream = nullptr;
    EventKind events = EventKind::timed;
};

/// `Launch` puts the work on the stream: a callable that holds everything it needs.
template <class Launch>
class StreamOperation final : public Operation, private DeviceTimer {
public:
    StreamOperation(const Lane& lane, const char* call, Launch launch)
        : lane_(lane), call_(call), launch_(std::move(launch)), stopwatch_(lane.runtime, lane.events)
    {
    }
    void start() override
    {
        stopwatch_.begin(lane_.stream);
        launch_();
        stopwatch_.end(lane_.stream);
    }
    void finish() override { lane_.watch.wait(stopwatch_, call_); }
    const DeviceTimer* device_timer() const override { return this; }

private:
    std::optional<double> seconds() const override { return stopwatch_.seconds(); }

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

}  // namespace plumbline::device
