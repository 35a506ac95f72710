#include "collectives/util/nearest_word.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace plumbline {
namespace {

TEST(NearestWord, counts_swapped_neighbours_as_one_edit)
{
    constexpr std::array<std::string_view, 3> words{"sclera", "scale", "stop"};
    EXPECT_EQ(nearest_word("sclae", words), "scale");
    EXPECT_EQ(nearest_word("tsop", words), "stop");
    EXPECT_EQ(nearest_word("", words), "stop");
    EXPECT_EQ(nearest_word(std::string(100'000, 's'), words), "sclera");
}

}  // namespace
}  // namespace plumbline
