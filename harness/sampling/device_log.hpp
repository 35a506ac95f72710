// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "collectives/api/operation.hpp"
#include "results/records/round.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace plumbline {

/// What the device's own clock says of each sample's last execution, on this rank; NaN where it says nothing.
class DeviceLog {
public:
    void reserve(std::size_t samples) { seconds_.reserve(samples); }
    /// `chain`: executions that the operation stands for; what is kept is the time of one.
    void add(const Operation& operation, std::uint32_t chain)
    {
        const DeviceTimer* const timer = operation.device_timer();
        const auto seconds = timer == nullptr ? std::nullopt : timer->seconds();
        seconds_.push_back(seconds.value_or(std::numeric_limits<double>::quiet_NaN()) / chain);
    }
    void add_nothing() { seconds_.push_back(std::numeric_limits<double>::quiet_NaN()); }

    /// Collective over members: into the case root's round, unless no rank's device said anything.
    void collect(Communicator& members, Round& round,
                 const std::function<SampleMatrix(const std::vector<double>&)>& gather) const
    {
        const bool mine = std::any_of(seconds_.begin(), seconds_.end(), [](double s) { return !std::isnan(s); });
        if (!all_agree(members, !mine)) {
            round.shares["device_s"] = gather(seconds_);
        }
    }

private:
    std::vector<double> seconds_;
};

}  // namespace plumbline
