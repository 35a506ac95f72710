// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/compute.hpp"
#include "collectives/api/operation.hpp"

#include <memory>
#include <optional>
#include <string>

namespace plumbline {

/// Why host memory has no matrix products here, one sentence; nothing when OpenBLAS was found. It is looked for at run
/// time, so that nothing else needs it.
std::optional<std::string> host_gemm_missing(DataType dtype, const std::string& library = "libopenblas.so.0");

/// "OpenBLAS 0.3.21 ..., one thread a rank"; "" where it is missing.
std::string host_gemm_library();

/// `call.repeats` products on matrices of this rank's own, all of them in start(). float32 and float64.
/// Throws std::bad_alloc, and ConfigError where OpenBLAS is missing.
std::unique_ptr<Operation> make_host_gemm(const ComputeCall& call);

}  // namespace plumbline
