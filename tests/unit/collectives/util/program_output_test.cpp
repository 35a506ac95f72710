// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/program_output.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(ProgramOutput, is_what_a_program_prints_that_ends_well)
{
    EXPECT_EQ(output_of({"/bin/sh", "-c", "echo told; echo not this >&2"}, 20), "told\n");
    EXPECT_EQ(output_of({"/bin/sh", "-c", "cat"}, 20), "");  // nothing to read
}

TEST(ProgramOutput, is_nothing_of_one_that_fails_is_not_there_takes_too_long_or_prints_too_much)
{
    EXPECT_EQ(output_of({"/bin/sh", "-c", "echo told; exit 3"}, 20), "");
    EXPECT_EQ(output_of({"/nonexistent/program"}, 20), "");
    EXPECT_EQ(output_of({}, 20), "");
    EXPECT_EQ(output_of({"/bin/sh", "-c", "echo told; exec sleep 100"}, 0.05), "");
    EXPECT_EQ(output_of({"/bin/sh", "-c", "yes"}, 20), "");
}

}  // namespace
}  // namespace plumbline
