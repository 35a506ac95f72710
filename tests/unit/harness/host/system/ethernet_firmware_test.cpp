// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/ethernet_firmware.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(EthernetFirmware, is_what_the_driver_says_but_for_words_that_say_nothing)
{
    EXPECT_EQ(firmware_said("22.39.2048 (MT_0000000359)"), "22.39.2048 (MT_0000000359)");
    EXPECT_EQ(firmware_said("7.10 0x800075df 19.0.12 "), "7.10 0x800075df 19.0.12");
    for (const char* const nothing : {"", "N/A", "n/a", "Unknown", "0", " "}) {
        EXPECT_EQ(firmware_said(nothing), "") << nothing;
    }
    EXPECT_EQ(firmware_said("1.2\x1b[31m"), "1.2 [31m");
}

TEST(EthernetFirmware, is_nothing_where_there_is_no_such_interface)
{
    EXPECT_EQ(ethernet_firmware("plumbline-none"), "");
    EXPECT_EQ(ethernet_firmware(""), "");
    EXPECT_EQ(ethernet_firmware("a-name-that-is-longer-than-one-can-be"), "");
    EXPECT_EQ(ethernet_firmware("lo"), "");  // no card
}

}  // namespace
}  // namespace plumbline
