// SPDX-License-Identifier: Apache-2.0
/// A fake for libcublas: the one product that synthetic compute uses, on the host.
#include "collectives/operations/number_format.hpp"
#include "tests/fakes/faults.hpp"
#include "tests/fakes/mark.hpp"
#include "tests/fakes/stream.hpp"

#include <cstddef>
#include <cstdint>

using namespace plumbline::fake;
using plumbline::DataType;

namespace {

struct Handle {
    void* stream = nullptr;
};

constexpr int invalid_value = 7;

/// C = A B for column-major matrices, m x k and k x n, without transposition, summed in float32.
template <DataType dtype>
void multiply(std::size_t m, std::size_t n, std::size_t k, const void* left, const void* right, void* result)
{
    using Format = plumbline::NumberFormat<dtype>;
    using Stored = typename Format::Stored;
    const auto* const a = static_cast<const Stored*>(left);
    const auto* const b = static_cast<const Stored*>(right);
    auto* const c = static_cast<Stored*>(result);
    for (std::size_t column = 0; column < n; ++column) {
        for (std::size_t row = 0; row < m; ++row) {
            float sum = 0;
            for (std::size_t i = 0; i < k; ++i) {
                sum += Format::decode(a[row + i * m]) * Format::decode(b[i + column * k]);
            }
            c[row + column * m] = Format::store(sum);
        }
    }
}

template <DataType dtype>
int put_product(void* handle, int m, int n, int k, const void* a, const void* b, void* c)
{
    if (m < 0 || n < 0 || k < 0) {
        return invalid_value;
    }
    put_on_stream(static_cast<Handle*>(handle)->stream, {{}, [=](std::uint64_t) {
                                                             multiply<dtype>(static_cast<std::size_t>(m),
                                                                             static_cast<std::size_t>(n),
                                                                             static_cast<std::size_t>(k), a, b, c);
                                                         }});
    return 0;
}

}  // namespace

extern "C" {

PLUMBLINE_FAKE_MARK(cublas)

int cublasCreate_v2(void** handle)
{
    if (const auto code = planted_failure("cublasCreate_v2")) {
        return *code;
    }
    *handle = new Handle();
    return 0;
}

int cublasDestroy_v2(void* handle)
{
    delete static_cast<Handle*>(handle);
    return 0;
}

int cublasGetProperty(int part, int* value)
{
    constexpr int version[] = {13, 1, 0};
    if (part < 0 || part > 2) {
        return invalid_value;
    }
    *value = version[part];
    return 0;
}

int cublasSetStream_v2(void* handle, void* stream)
{
    static_cast<Handle*>(handle)->stream = stream;
    return 0;
}

int cublasSgemm_v2(void* handle, int, int, int m, int n, int k, const float*, const float* a, int, const float* b, int,
                   const float*, float* c, int)
{
    if (const auto code = planted_failure("cublasSgemm_v2")) {
        return *code;
    }
    return put_product<DataType::float32>(handle, m, n, k, a, b, c);
}

int cublasGemmEx(void* handle, int, int, int m, int n, int k, const void*, const void* a, int type_a, int,
                 const void* b, int type_b, int, const void*, void* c, int type_c, int, int compute_type, int)
{
    constexpr int float16 = 2;
    constexpr int bfloat16 = 14;
    constexpr int compute_32f = 68;
    constexpr int not_supported = 15;
    if (const auto code = planted_failure("cublasGemmEx")) {
        return *code;
    }
    if (type_a != type_b || type_a != type_c || compute_type != compute_32f) {
        return not_supported;
    }
    return type_a == float16    ? put_product<DataType::float16>(handle, m, n, k, a, b, c)
           : type_a == bfloat16 ? put_product<DataType::bfloat16>(handle, m, n, k, a, b, c)
                                : not_supported;
}

}  // extern "C"
