// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/host/host_gemm.hpp"

#include "collectives/api/blocking_operation.hpp"
#include "collectives/util/dynamic_library.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdlib>
#include <limits>
#include <vector>

namespace plumbline {

namespace {

constexpr const char* library_name = "libopenblas.so.0";
constexpr const char* thread_variable = "OPENBLAS_NUM_THREADS";

// cblas.h: CblasRowMajor, CblasNoTrans.
constexpr int row_major = 101;
constexpr int as_it_is = 111;

template <class T>
using Product = void(int, int, int, int, int, int, T, const T*, int, const T*, int, T, T*, int);

/// What is used of OpenBLAS.
struct OpenBlas {
    explicit OpenBlas(const std::string& name = library_name)
    {
        // A rank has one core; the library would take them all, some builds as soon as they are loaded.
        ::setenv(thread_variable, "1", 0);  // NOLINT(concurrency-mt-unsafe): before ranks compute
        const DynamicLibrary library(name);
        library.get("cblas_sgemm", single);
        library.get("cblas_dgemm", twofold);
        library.get_if_there("openblas_set_num_threads", set_threads);
        library.get_if_there("openblas_get_config", get_config);
        if (set_threads != nullptr) {
            set_threads(1);
        }
    }

    Product<float>* single = nullptr;
    Product<double>* twofold = nullptr;
    void (*set_threads)(int) = nullptr;
    char* (*get_config)() = nullptr;
};

/// Matrices and the call between them.
template <class T>
class Products {
public:
    Products(const ComputeCall& call, Product<T>* product)
        : product_(product),
          m_(static_cast<int>(call.m)),
          n_(static_cast<int>(call.n)),
          k_(static_cast<int>(call.k)),
          repeats_(call.repeats),
          a_(call.m * call.k, T{1} / 3),
          b_(call.k * call.n, T{1} / 7),
          c_(call.m * call.n)
    {
    }

    void operator()()
    {
        for (std::uint32_t i = 0; i < repeats_; ++i) {
            product_(row_major, as_it_is, as_it_is, m_, n_, k_, T{1}, a_.data(), k_, b_.data(), n_, T{0}, c_.data(),
                     n_);
        }
    }

private:
    Product<T>* product_;
    int m_;
    int n_;
    int k_;
    std::uint32_t repeats_;
    std::vector<T> a_;
    std::vector<T> b_;
    std::vector<T> c_;
};

bool fits(std::uint64_t extent)
{
    return extent > 0 && extent <= static_cast<std::uint64_t>(std::numeric_limits<int>::max());
}

}  // namespace

std::optional<std::string> host_gemm_missing(DataType dtype, const std::string& library)
{
    if (dtype != DataType::float32 && dtype != DataType::float64) {
        return fmt::format("gemm of {} is not available on hosts. Use float32 or float64", name(dtype));
    }
    try {
        const OpenBlas found(library);
        return std::nullopt;
    } catch (const ConfigError& error) {
        // Of "problem (why). suggestion" the last is about backends.
        const std::string what = error.what();
        return fmt::format(
            "compute gemm needs OpenBLAS ({}). Install it (Debian: libopenblas0-serial), or use compute_kind spin",
            what.substr(0, what.rfind("). ") + 1));
    }
}

std::string host_gemm_library()
{
    if (host_gemm_missing(DataType::float32)) {
        return {};
    }
    const OpenBlas blas;
    return blas.get_config == nullptr ? std::string("OpenBLAS, one thread a rank")
                                      : fmt::format("{}, one thread a rank", blas.get_config());
}

std::unique_ptr<Operation> make_host_gemm(const ComputeCall& call)
{
    if (!fits(call.m) || !fits(call.n) || !fits(call.k)) {
        throw ConfigError(
            say("gemm of {} x {} x {} is not possible (extents are from 1 to 2^31 - 1). Use "
                "smaller ones",
                call.m, call.n, call.k));
    }
    const OpenBlas blas;
    if (call.dtype == DataType::float64) {
        return blocking(Products<double>(call, blas.twofold));
    }
    return blocking(Products<float>(call, blas.single));
}

}  // namespace plumbline
