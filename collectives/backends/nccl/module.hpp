// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"

namespace plumbline::nccl {

/// NVIDIA's and AMD's library: one backend, since they have one interface.
const BackendModule& nccl_module();
const BackendModule& rccl_module();

}  // namespace plumbline::nccl
