// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/payload_check.hpp"

#include "collectives/backends/nccl/device_code.hpp"
#include "collectives/operations/payload.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace plumbline::nccl {

namespace {

constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();
constexpr unsigned threads_per_block = 256;
constexpr std::uint64_t most_blocks = 1024;  ///< a thread takes several elements beyond that

constexpr std::string_view kernel_header = "collectives/backends/nccl/check_kernel.hpp";

}  // namespace

PayloadCheck::PayloadCheck(const Vendor& vendor, const cuda::CudaRuntime& runtime, int device,
                           const std::string& beside)
{
    if (vendor.driver.empty()) {
        throw ConfigError(say("backend {} has no comparison on devices", vendor.backend));
    }
    const RunTimeCompiler compiler(vendor, beside);
    compiler_ = compiler.version();
    // Before CUDA 12 the device was only noted so far: this makes the context that the driver works in.
    runtime.check(runtime.calls.free(nullptr), "cudaFree");
    const std::string source = fmt::format("#include \"{}\"\n", kernel_header);
    program_.emplace(vendor, beside, compiler.compile(source, device_code(), runtime.capability(device)));
    if (compiler.is_fake() != runtime.is_fake() || program_->is_fake() != runtime.is_fake()) {
        throw ConfigError(say("one library of the compiler, the driver and the device's runtime is a stand-in"));
    }
    for (const DataTypeInfo& type : all_data_types()) {
        kernels_[type.dtype] = program_->kernel(fmt::format("plumbline_check_{}", type.name));
    }
}

void PayloadCheck::put(device::StreamHandle stream, const CollectiveCall& call, int rank, int ranks,
                       const std::byte* output, std::byte* lowest) const
{
    const std::uint64_t elements = buffer_elements(call, rank, ranks).recv;
    const DeviceProgram::Kernel kernel = kernels_.at(call.dtype);
    for_each_expected_run(
        call, rank, ranks, 0, elements, [&](const payload::Run& run, std::uint64_t position, std::uint64_t length) {
            const std::byte* data = output + position * size_of(call.dtype);
            payload::Run own = run;
            const std::uint64_t blocks = std::min((length - 1) / threads_per_block + 1, most_blocks);
            const std::array<void*, 5> arguments{static_cast<void*>(&data), &own, &length, &position,
                                                 static_cast<void*>(&lowest)};
            program_->launch(kernel, static_cast<unsigned>(blocks), threads_per_block, stream, arguments);
        });
}

std::optional<std::uint64_t> PayloadCheck::first_wrong(const device::Lane& lane, const CollectiveCall& call, int rank,
                                                       int ranks, const std::byte* output,
                                                       device::DeviceBuffer& found) const
{
    std::uint64_t lowest = none;
    found.upload(0, std::as_bytes(std::span(&lowest, 1)));
    const auto compare = device::on_stream(lane, DeviceProgram::launch_call,
                                           [&] { put(lane.stream, call, rank, ranks, output, found.data()); });
    compare->start();
    compare->finish();
    found.download(0, std::as_writable_bytes(std::span(&lowest, 1)));
    return lowest == none ? std::nullopt : std::optional(lowest);
}

std::optional<std::string> known_answer_objection(const PayloadCheck& check, const device::Runtime& runtime,
                                                  double timeout_s)
{
    constexpr int rank = 2;
    constexpr int ranks = 19;  // more than contribute to one element of a sum
    constexpr std::uint64_t count = 1013;
    constexpr std::uint64_t large = threads_per_block * most_blocks + count;  // a thread looks at a second element
    const device::Stream stream(runtime);
    device::Watch watch(runtime, timeout_s);
    const device::Lane lane{
        .runtime = runtime, .watch = watch, .stream = stream.get(), .events = device::EventKind::untimed};
    device::DeviceBuffer found(runtime, sizeof(std::uint64_t));
    device::DeviceBuffer buffer(runtime, std::max(count * sizeof(double), large));

    const auto objection_to = [&](const CollectiveCall& call) -> std::optional<std::string> {
        const std::uint64_t size = size_of(call.dtype);
        const std::uint64_t elements = buffer_elements(call, rank, ranks).recv;
        std::vector<std::byte> data(elements * size);
        fill_expected(call, rank, ranks, 0, data);
        buffer.upload(0, data);
        const auto seen = [&] { return check.first_wrong(lane, call, rank, ranks, buffer.data(), found); };
        const std::string what = fmt::format("{} of {}", name(call.collective), name(call.dtype));
        if (const auto element = seen()) {
            return fmt::format("it calls element {} of a right {} wrong", *element, what);
        }
        for (const std::uint64_t element : {elements - 1, elements / 2, std::uint64_t{0}}) {
            const std::byte changed = data[element * size] ^ std::byte{1};
            buffer.upload(element * size, std::span(&changed, 1));
            if (seen() != element) {
                return fmt::format("it doesn't find the changed element {} of a {}", element, what);
            }
        }
        return std::nullopt;
    };
    for (const DataTypeInfo& type : all_data_types()) {
        for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max, ReduceOp::min}) {
            if (auto why = objection_to(
                    {.collective = Collective::reduce_scatter, .dtype = type.dtype, .op = op, .count = count})) {
                return why;
            }
        }
        if (auto why =
                objection_to({.collective = Collective::alltoall, .dtype = type.dtype, .count = count / ranks})) {
            return why;
        }
    }
    return objection_to({.collective = Collective::broadcast, .dtype = DataType::int8, .count = large});
}

}  // namespace plumbline::nccl
