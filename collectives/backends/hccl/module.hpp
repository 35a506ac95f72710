// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"

namespace plumbline::hccl {

/// Huawei's library.
const BackendModule& hccl_module();

}  // namespace plumbline::hccl
