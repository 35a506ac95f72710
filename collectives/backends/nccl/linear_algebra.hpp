// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/compute.hpp"
#include "collectives/api/operation.hpp"
#include "collectives/backends/cuda/cuda_abi.hpp"
#include "collectives/backends/device/stream_operation.hpp"
#include "collectives/backends/nccl/vendor.hpp"
#include "collectives/util/dynamic_library.hpp"

#include <memory>
#include <optional>
#include <string>

namespace plumbline::nccl {

/// cuBLAS, for the matrix products of synthetic compute.
class LinearAlgebra {
public:
    /// Throws ConfigError where the library isn't there, BackendError.
    /// `place`: what errors are about ("device 1 of host2").
    LinearAlgebra(const Vendor& vendor, const std::string& beside, cuda::Stream stream, std::string place);
    ~LinearAlgebra();
    LinearAlgebra(const LinearAlgebra&) = delete;
    LinearAlgebra& operator=(const LinearAlgebra&) = delete;

    /// C = A B, A m x k, B k x n, all column by column: float32, or float16 and bfloat16 that are summed in float32.
    /// Throws BackendError.
    void multiply(DataType dtype, int m, int n, int k, const void* a, const void* b, void* c) const;
    /// What its errors are called by.
    static const char* call_name(DataType dtype);

private:
    using Create = int(void** handle);
    using Destroy = int(void* handle);
    using SetStream = int(void* handle, cuda::Stream stream);
    using Sgemm = int(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const float* alpha,
                      const float* a, int lda, const float* b, int ldb, const float* beta, float* c, int ldc);

    using GemmEx = int(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha,
                       const void* a, int type_a, int lda, const void* b, int type_b, int ldb, const void* beta,
                       void* c, int type_c, int ldc, int compute_type, int algorithm);

    void check(int code, const char* call) const;

    DynamicLibrary library_;
    std::string place_;
    Destroy* destroy_ = nullptr;
    Sgemm* sgemm_ = nullptr;
    GemmEx* gemm_ex_ = nullptr;
    void* handle_ = nullptr;
};

/// "cuBLAS 12.4.5 (/path/libcublas.so.12)"; "" where it isn't there, or doesn't tell.
std::string linear_algebra_version(const Vendor& vendor, const std::string& beside);

/// Why this product can't be done here, one sentence.
std::optional<std::string> missing_product(const ComputeCall& call);

/// `call.repeats` products on the lane's stream, with matrices of their own. `algebra` must outlive it.
std::unique_ptr<Operation> make_products(const device::Lane& lane, const LinearAlgebra& algebra,
                                         const ComputeCall& call);

}  // namespace plumbline::nccl
