// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/managed_devices.hpp"

#include <gtest/gtest.h>

#include <array>

namespace plumbline {
namespace {

InstalledDevice found_by_files(const char* address, const char* driver)
{
    return {.address = address, .model = "nvidia 0x2335", .driver = driver};
}

TEST(ManagedDevices, have_what_nvml_tells_of_them)
{
    std::array devices{found_by_files("0000:17:00.0", "nvidia 550.54.15"), found_by_files("0000:18:00.0", "amdgpu"),
                       found_by_files("ffff:19:00.0", "nvidia 550.54.15")};
    const auto before = devices;
    ask_nvml(devices, PLUMBLINE_FAKE_NVML);
    EXPECT_EQ(devices[0].model, "NVIDIA H200 (stand-in)");
    EXPECT_EQ(devices[0].uuid, "GPU-5a1d0000-0000-0000-0000-000000000017");
    EXPECT_EQ(devices[0].serial, "1650000000017");
    EXPECT_EQ(devices[0].driver, "nvidia 0.0-stand-in");
    EXPECT_EQ(devices[0].firmware, "96.00.A0.00.01");
    EXPECT_EQ(devices[0].error_correction, "on");
    EXPECT_EQ(devices[0].confidential, "on");
    EXPECT_EQ(devices[1], before[1]);  // another vendor's
    EXPECT_EQ(devices[2], before[2]);  // NVML doesn't know it
}

TEST(ManagedDevices, stay_as_they_were_where_there_is_no_such_library)
{
    std::array devices{found_by_files("0000:17:00.0", "nvidia 550.54.15")};
    const auto before = devices;
    ask_nvml(devices, "libplumbline-no-such-nvml.so.1");
    EXPECT_EQ(devices, before);
}

}  // namespace
}  // namespace plumbline
