// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/host/host_gemm.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

namespace plumbline {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ComputeCall product(std::uint64_t size, DataType dtype)
{
    ComputeCall call{.kind = ComputeKind::gemm};
    call.m = call.n = call.k = size;
    call.dtype = dtype;
    call.repeats = 2;
    return call;
}

TEST(HostGemm, without_its_library_says_what_is_missing_and_what_to_do)
{
    EXPECT_THAT(host_gemm_missing(DataType::float32, "libthere_is_none.so.7").value_or(""),
                AllOf(StartsWith("compute gemm needs OpenBLAS (libthere_is_none.so.7 can't be loaded ("),
                      HasSubstr("). Install it (Debian: libopenblas0-serial), or use compute_kind spin"),
                      Not(HasSubstr("--backend-library"))));
}

TEST(HostGemm, is_of_single_and_double_precision_alone)
{
    EXPECT_EQ(host_gemm_missing(DataType::float16),
              "gemm of float16 is not available on hosts. Use float32 or float64");
    EXPECT_EQ(host_gemm_missing(DataType::float32), host_gemm_missing(DataType::float64));
}

TEST(HostGemm, is_carried_out_again_and_again_where_its_library_is_there)
{
    if (const auto why = host_gemm_missing(DataType::float32)) {
        GTEST_SKIP() << *why;
    }
    EXPECT_THAT(host_gemm_library(), HasSubstr("one thread a rank"));
    for (const DataType dtype : {DataType::float32, DataType::float64}) {
        const auto operation = make_host_gemm(product(64, dtype));
        for (int i = 0; i < 3; ++i) {
            operation->start();
            operation->finish();
        }
    }
    EXPECT_THROW(make_host_gemm(product(0, DataType::float32)), ConfigError);
    EXPECT_THROW(make_host_gemm(product(1ULL << 31U, DataType::float32)), ConfigError);
}

}  // namespace
}  // namespace plumbline
