// SPDX-License-Identifier: Apache-2.0
/// A fake for libcuda: the kernels that the program carries, compiled for the host from the same text, a thread of
/// a block after the other.
#include "tests/fakes/compiled.hpp"
#include "tests/fakes/device.hpp"
#include "tests/fakes/faults.hpp"
#include "tests/fakes/mark.hpp"
#include "tests/fakes/stream.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace {

/// CUDA's words, as far as the kernels use them.
struct Place {
    unsigned x = 0;
};
thread_local Place gridDim;
thread_local Place blockDim;
thread_local Place blockIdx;
thread_local Place threadIdx;

void atomicMin(unsigned long long* value, unsigned long long other)
{
    *value = std::min(*value, other);
}

}  // namespace

#define __global__  // NOLINT(bugprone-reserved-identifier)
#include "collectives/backends/nccl/check_kernel.hpp"

using namespace plumbline::fake;
using plumbline::payload::Run;

namespace {

constexpr int success = 0;
constexpr int invalid_image = 200;
constexpr int invalid_context = 201;
constexpr int not_found = 500;

using Check = void(const void* data, Run run, std::uint64_t length, std::uint64_t base, unsigned long long* lowest);

struct Kernel {
    std::string_view name;
    Check* check;
};
constexpr std::array kernels{
    Kernel{"plumbline_check_float32", plumbline_check_float32},
    Kernel{"plumbline_check_float64", plumbline_check_float64},
    Kernel{"plumbline_check_float16", plumbline_check_float16},
    Kernel{"plumbline_check_bfloat16", plumbline_check_bfloat16},
    Kernel{"plumbline_check_int32", plumbline_check_int32},
    Kernel{"plumbline_check_int8", plumbline_check_int8},
    Kernel{"plumbline_check_uint8", plumbline_check_uint8},
    Kernel{"plumbline_check_float8_e4m3", plumbline_check_float8_e4m3},
    Kernel{"plumbline_check_float8_e5m2", plumbline_check_float8_e5m2},
};

template <class T>
T argument(void** arguments, int index)
{
    T value;
    std::memcpy(&value, arguments[index], sizeof value);
    return value;
}

}  // namespace

extern "C" {

PLUMBLINE_FAKE_MARK(cuda)

int cuModuleLoadData(void** module, const void* code)
{
    if (const auto planted = planted_failure("cuModuleLoadData")) {
        return *planted;
    }
    if (!context_exists()) {
        return invalid_context;
    }
    static int one = 0;
    *module = &one;
    return std::memcmp(code, compiled, sizeof compiled) == 0 ? success : invalid_image;
}

int cuModuleUnload(void*)
{
    return success;
}

int cuModuleGetFunction(void** kernel, void*, const char* name)
{
    const auto* const known =
        std::find_if(kernels.begin(), kernels.end(), [&](const Kernel& one) { return one.name == name; });
    if (known == kernels.end()) {
        return not_found;
    }
    *kernel = const_cast<Kernel*>(known);
    return success;
}

int cuLaunchKernel(void* kernel, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned, unsigned, unsigned,
                   void* stream, void** arguments, void**)
{
    if (const auto planted = planted_failure("cuLaunchKernel")) {
        return *planted;
    }
    if (planted("blind", "cuLaunchKernel")) {
        return success;
    }
    if (planted("alarm", "cuLaunchKernel")) {
        put_on_stream(stream,
                      {{}, [lowest = argument<unsigned long long*>(arguments, 4)](std::uint64_t) { *lowest = 0; }});
        return success;
    }
    const auto work = [check = static_cast<const Kernel*>(kernel)->check, blocks, threads,
                       data = argument<const void*>(arguments, 0), run = argument<Run>(arguments, 1),
                       length = argument<std::uint64_t>(arguments, 2), base = argument<std::uint64_t>(arguments, 3),
                       lowest = argument<unsigned long long*>(arguments, 4)](std::uint64_t) {
        gridDim.x = blocks;
        blockDim.x = threads;
        for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) {
            for (threadIdx.x = 0; threadIdx.x < threads; ++threadIdx.x) {
                check(data, run, length, base, lowest);
            }
        }
    };
    put_on_stream(stream, {{}, work});
    return success;
}

int cuGetErrorString(int code, const char** text)
{
    *text = code == invalid_image ? "device kernel image is invalid"
            : code == not_found   ? "named symbol not found"
                                  : "planted error";
    return success;
}

}  // extern "C"
