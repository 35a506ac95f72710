// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/device_code.hpp"
#include "collectives/backends/nccl/device_program.hpp"
#include "collectives/backends/nccl/vendor.hpp"
#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace plumbline::nccl {
namespace {

/// NVIDIA's own compiler, which needs no device; null where it isn't installed.
std::unique_ptr<RunTimeCompiler> real_compiler()
{
    try {
        return std::make_unique<RunTimeCompiler>(nvidia, "");
    } catch (const ConfigError&) {
        return nullptr;
    }
}

TEST(DeviceCode, is_compiled_by_the_real_compiler_for_each_generation_of_devices_that_it_knows)
{
    const auto compiler = real_compiler();
    if (compiler == nullptr) {
        GTEST_SKIP() << "NVRTC isn't installed here";
    }
    EXPECT_FALSE(compiler->is_fake());
    EXPECT_THAT(compiler->version(), testing::MatchesRegex("NVRTC [0-9]+[.][0-9]+"));
    for (const int capability : {80, 86, 90}) {
        const std::string code =
            compiler->compile("#include \"collectives/backends/nccl/check_kernel.hpp\"\n", device_code(), capability);
        EXPECT_EQ(code.substr(1, 3), "ELF");
        EXPECT_THAT(code, testing::HasSubstr("plumbline_check_float8_e5m2"));
    }
}

TEST(DeviceCode, that_is_wrong_is_an_error_with_the_compilers_own_words)
{
    const auto compiler = real_compiler();
    if (compiler == nullptr) {
        GTEST_SKIP() << "NVRTC isn't installed here";
    }
    const auto error_of = [&](const std::string& source, int capability) -> std::string {
        try {
            compiler->compile(source, device_code(), capability);
        } catch (const BackendError& error) {
            return error.what();
        }
        return "none";
    };
    EXPECT_THAT(error_of("nonsense", 90), testing::AllOf(testing::StartsWith("nvrtcCompileProgram failed (code 6: "),
                                                         testing::HasSubstr("plumbline.cu(1): error")));
    EXPECT_THAT(error_of("#include \"elsewhere.hpp\"\n", 90), testing::HasSubstr("elsewhere.hpp"));
    EXPECT_THAT(error_of("", 1), testing::StartsWith("nvrtcCompileProgram failed (code 5: "));
}

}  // namespace
}  // namespace plumbline::nccl
