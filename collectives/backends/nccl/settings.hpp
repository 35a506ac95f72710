// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/device/start.hpp"

#include <string>

namespace plumbline::nccl {

/// What a scenario may choose of NCCL (`backend_options`).
struct Settings {
    device::Timing timing;
    bool graphs = false;                ///< each operation as a captured graph
    bool register_buffers = false;      ///< user buffer registration (NCCL 2.19)
    bool split_teams = false;           ///< subgroups of a step by ncclCommSplit (NCCL 2.18.1)
    std::string verify_on = "auto";     ///< where data are compared: auto, device, host
    std::string library_log = "start";  ///< see LogCapture
};

}  // namespace plumbline::nccl
