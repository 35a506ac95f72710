#include "collectives/nccl/linear_algebra.hpp"

#include "collectives/device/find_library.hpp"
#include "collectives/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <climits>
#include <cstddef>
#include <utility>

namespace plumbline::nccl {

namespace {

constexpr int not_transposed = 0;
constexpr float one = 1;
constexpr float zero = 0;

}  // namespace

LinearAlgebra::LinearAlgebra(const Flavour& flavour, const std::string& beside, cuda::Stream stream)
    : library_(device::open_first(flavour.linear_algebras, beside, flavour.usual_folders))
{
    Create* create = nullptr;
    SetStream* set_stream = nullptr;
    library_.get("cublasCreate_v2", create);
    library_.get("cublasDestroy_v2", destroy_);
    library_.get("cublasSetStream_v2", set_stream);
    library_.get("cublasSgemm_v2", sgemm_);
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
        throw BackendError(call, code, "see cublasStatus_t in cuBLAS' documentation");
    }
}

void LinearAlgebra::multiply(int m, int n, int k, const float* a, const float* b, float* c) const
{
    check(sgemm_(handle_, not_transposed, not_transposed, m, n, k, &one, a, m, b, k, &zero, c, m), "cublasSgemm_v2");
}

std::string linear_algebra_version(const Flavour& flavour, const std::string& beside)
{
    using GetProperty = int(int part, int* value);
    try {
        const DynamicLibrary library = device::open_first(flavour.linear_algebras, beside, flavour.usual_folders);
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
    if (call.dtype != DataType::float32) {
        return "compute gemm of this type is not available on this backend (it multiplies float32). Use dtype: float32";
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
        : a(runtime, sizeof(float) * call.m * call.k),
          b(runtime, sizeof(float) * call.k * call.n),
          c(runtime, sizeof(float) * call.m * call.n)
    {
    }
    device::DeviceBuffer a;
    device::DeviceBuffer b;
    device::DeviceBuffer c;
};

const float* floats(const device::DeviceBuffer& buffer)
{
    return reinterpret_cast<const float*>(buffer.data());
}

}  // namespace

std::unique_ptr<Operation> make_products(const device::Lane& lane, const LinearAlgebra& algebra,
                                         const ComputeCall& call)
{
    auto matrices = std::make_unique<Matrices>(lane.runtime, call);
    const int m = static_cast<int>(call.m);
    const int n = static_cast<int>(call.n);
    const int k = static_cast<int>(call.k);
    return device::on_stream(lane, "cublasSgemm_v2",
                             [&algebra, m, n, k, repeats = call.repeats, matrices = std::move(matrices)] {
                                 float* const result = reinterpret_cast<float*>(matrices->c.data());
                                 for (std::uint32_t i = 0; i < repeats; ++i) {
                                     algebra.multiply(m, n, k, floats(matrices->a), floats(matrices->b), result);
                                 }
                             });
}

}  // namespace plumbline::nccl
