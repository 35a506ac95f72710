/// A stand-in for libcublas: the one product that the compute stand-in uses, on the host.
#include "tests/standin/faults.hpp"
#include "tests/standin/mark.hpp"
#include "tests/standin/stream.hpp"

#include <cstddef>
#include <cstdint>

using namespace plumbline::standin;

namespace {

struct Handle {
    void* stream = nullptr;
};

constexpr int invalid_value = 7;

/// C = A B for column-major matrices, m x k and k x n, without transposition.
void multiply(std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b, float* c)
{
    for (std::size_t column = 0; column < n; ++column) {
        for (std::size_t row = 0; row < m; ++row) {
            float sum = 0;
            for (std::size_t i = 0; i < k; ++i) {
                sum += a[row + i * m] * b[i + column * k];
            }
            c[row + column * m] = sum;
        }
    }
}

}  // namespace

extern "C" {

PLUMBLINE_STANDIN_MARK(cublas)

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
    if (m < 0 || n < 0 || k < 0) {
        return invalid_value;
    }
    put_on_stream(static_cast<Handle*>(handle)->stream, {{}, [=](std::uint64_t) {
                                                             multiply(static_cast<std::size_t>(m),
                                                                      static_cast<std::size_t>(n),
                                                                      static_cast<std::size_t>(k), a, b, c);
                                                         }});
    return 0;
}

}  // extern "C"
