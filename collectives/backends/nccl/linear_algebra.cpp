// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/linear_algebra.hpp"

#include "collectives/backends/device/find_library.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <climits>
#include <cstddef>
#include <utility>

namespace plumbline::nccl {

namespace {

constexpr int not_transposed = 0;
// cudaDataType: CUDA_R_16F, CUDA_R_16BF; cublasComputeType_t: CUBLAS_COMPUTE_32F; cublasGemmAlgo_t:
// CUBLAS_GEMM_DEFAULT.
constexpr int cuda_float16 = 2;
constexpr int cuda_bfloat16 = 14;
constexpr int compute_in_float32 = 68;
constexpr int default_algorithm = -1;
constexpr float one = 1;
constexpr float zero = 0;

}  // namespace

LinearAlgebra::LinearAlgebra(const Vendor& vendor, const std::string& beside, cuda::Stream stream, std::string place)
    : library_(device::open_first(vendor.linear_algebras, beside, vendor.toolkit.usual_folders)),
      place_(std::move(place))
{
    Create* create = nullptr;
    SetStream* set_stream = nullptr;
    library_.get("cublasCreate_v2", create);
    library_.get("cublasDestroy_v2", destroy_);
    library_.get("cublasSetStream_v2", set_stream);
    library_.get("cublasSgemm_v2", sgemm_);
    library_.get("cublasGemmEx", gemm_ex_);
    check(create(&handle_), "cublasCreate_v2");
    check(set_stream(handle_, stream), "cublasSetStream_v2");
}

LinearAlgebra::~LinearAlgebra()
{
    if (handle_ != nullptr) {
        destroy_(handle_);
    }
}

void LinearAlgebra::check(int code, const char* call) const
{
    if (code != 0) {
        throw BackendError(call, code, "see cublasStatus_t in cuBLAS' documentation; " + place_);
    }
}

const char* LinearAlgebra::call_name(DataType dtype)
{
    return dtype == DataType::float32 ? "cublasSgemm_v2" : "cublasGemmEx";
}

void LinearAlgebra::multiply(DataType dtype, int m, int n, int k, const void* a, const void* b, void* c) const
{
    if (dtype == DataType::float32) {
        check(sgemm_(handle_, not_transposed, not_transposed, m, n, k, &one, static_cast<const float*>(a), m,
                     static_cast<const float*>(b), k, &zero, static_cast<float*>(c), m),
              call_name(dtype));
        return;
    }
    const int type = dtype == DataType::float16 ? cuda_float16 : cuda_bfloat16;
    check(gemm_ex_(handle_, not_transposed, not_transposed, m, n, k, &one, a, type, m, b, type, k, &zero, c, type, m,
                   compute_in_float32, default_algorithm),
          call_name(dtype));
}

std::string linear_algebra_version(const Vendor& vendor, const std::string& beside)
{
    using GetProperty = int(int part, int* value);
    try {
        const DynamicLibrary library = device::open_first(vendor.linear_algebras, beside, vendor.toolkit.usual_folders);
        GetProperty* get_property = nullptr;
        library.get_if_there("cublasGetProperty", get_property);
        std::array<int, 3> version{};  // libraryPropertyType: MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL
        for (int part = 0; part < static_cast<int>(version.size()); ++part) {
            if (get_property == nullptr || get_property(part, &version.at(static_cast<std::size_t>(part))) != 0) {
                return {};
            }
        }
        return fmt::format("cuBLAS {} ({})", fmt::join(version, "."), library.path());
    } catch (const ConfigError&) {
        return {};  // the cases that need it say why
    }
}

std::optional<std::string> missing_product(const ComputeCall& call)
{
    if (call.dtype != DataType::float32 && call.dtype != DataType::float16 && call.dtype != DataType::bfloat16) {
        return fmt::format(
            "compute gemm of {} is not available on this backend (it multiplies float32, float16 and bfloat16). Use "
            "one of them",
            name(call.dtype));
    }
    if (call.m > INT_MAX || call.n > INT_MAX || call.k > INT_MAX) {
        return "compute gemm of such matrices is not available on this backend (cuBLAS counts in int). Use smaller "
               "ones";
    }
    return std::nullopt;
}

namespace {

struct Matrices {
    Matrices(const device::Runtime& runtime, const ComputeCall& call)
        : a(runtime, size_of(call.dtype) * call.m * call.k),
          b(runtime, size_of(call.dtype) * call.k * call.n),
          c(runtime, size_of(call.dtype) * call.m * call.n)
    {
    }
    device::DeviceBuffer a;
    device::DeviceBuffer b;
    device::DeviceBuffer c;
};

}  // namespace

std::unique_ptr<Operation> make_products(const device::Lane& lane, const LinearAlgebra& algebra,
                                         const ComputeCall& call)
{
    auto matrices = std::make_unique<Matrices>(lane.runtime, call);
    const int m = static_cast<int>(call.m);
    const int n = static_cast<int>(call.n);
    const int k = static_cast<int>(call.k);
    return device::on_stream(
        lane, LinearAlgebra::call_name(call.dtype),
        [&algebra, m, n, k, dtype = call.dtype, repeats = call.repeats, matrices = std::move(matrices)] {
            for (std::uint32_t i = 0; i < repeats; ++i) {
                algebra.multiply(dtype, m, n, k, matrices->a.data(), matrices->b.data(), matrices->c.data());
            }
        });
}

}  // namespace plumbline::nccl
