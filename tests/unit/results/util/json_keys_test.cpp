// SPDX-License-Identifier: Apache-2.0
#include "results/util/json_keys.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(RepeatedKey, is_found_in_the_object_that_has_it)
{
    const auto found = repeated_key("{\"a\": {\"b\": 1},\n \"c\": [\n{\"b\": \"{\"},\n{\"b\": 2, \"\\u0062\": 3}]}");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->key, "b") << "however it is written";
    EXPECT_EQ(found->line, 4U);
}

TEST(RepeatedKey, of_different_objects_is_none)
{
    EXPECT_FALSE(repeated_key(R"({"a": {"a": [{"a": 1}, {"a": 1}]}})").has_value());
    EXPECT_FALSE(repeated_key("no json").has_value());
    EXPECT_FALSE(repeated_key("").has_value());
}

}  // namespace
}  // namespace plumbline
