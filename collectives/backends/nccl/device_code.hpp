// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/embedded_file.hpp"

#include <span>

namespace plumbline::nccl {

/// The headers that are compiled for the device at run time, by the names under which they include each other.
std::span<const EmbeddedFile> device_code();

}  // namespace plumbline::nccl
