// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/cuda/cuda_runtime.hpp"
#include "collectives/backends/device/stream_operation.hpp"
#include "collectives/backends/nccl/device_program.hpp"
#include "collectives/backends/nccl/vendor.hpp"
#include "collectives/operations/types.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace plumbline::nccl {

/// Compares what a call left in a device's memory with what payload.hpp says, on the device: by the very formulas of
/// the host, compiled for it at run time.
class PayloadCheck {
public:
    /// For the current device of the calling thread, number `device`. Throws ConfigError where the compiler or the
    /// driver isn't there, BackendError. `beside`: a library whose folder is looked in first.
    PayloadCheck(const Vendor& vendor, const cuda::CudaRuntime& runtime, int device, const std::string& beside);

    /// "NVRTC 12.4".
    const std::string& compiler() const { return compiler_; }

    /// The first element of `rank`'s output of `call`, which begins at `output`, that is another number than the
    /// payload says; nothing where all are right. Waits on the lane's stream. `found`: 8 bytes of the device's for the
    /// answer. Throws BackendError.
    std::optional<std::uint64_t> first_wrong(const device::Lane& lane, const CollectiveCall& call, int rank, int ranks,
                                             const std::byte* output, device::DeviceBuffer& found) const;

private:
    void put(device::StreamHandle stream, const CollectiveCall& call, int rank, int ranks, const std::byte* output,
             std::byte* lowest) const;

    std::string compiler_;
    std::optional<DeviceProgram> program_;
    std::map<DataType, DeviceProgram::Kernel> kernels_;
};

/// Why the check can't be believed on this device, one sentence: known data of every type and kind is called wrong, or
/// an element that was changed in them isn't found. Takes some milliseconds. Throws BackendError.
std::optional<std::string> known_answer_objection(const PayloadCheck& check, const device::Runtime& runtime,
                                                  double timeout_s);

}  // namespace plumbline::nccl
