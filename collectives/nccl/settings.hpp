#pragma once

#include "collectives/backend_module.hpp"

#include <string>

namespace plumbline::nccl {

/// What a scenario may choose of NCCL (`backend_options`).
struct Settings {
    bool graphs = false;               ///< each operation as a captured graph
    bool register_buffers = false;     ///< user buffer registration (NCCL 2.19)
    bool device_events = true;         ///< times by the device's clock beside the host's
    double init_timeout_s = 120;       ///< of bringing up a communicator
    double operation_timeout_s = 300;  ///< of one operation: what takes longer is taken for hanging
};

/// Throws ConfigError naming the option and what it may be.
Settings read_settings(const BackendOptions& options, std::string_view backend);

}  // namespace plumbline::nccl
