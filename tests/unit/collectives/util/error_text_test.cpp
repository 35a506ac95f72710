// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error_text.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

template <class Action>
std::string text_of(Action action)
{
    try {
        action();
        return "nothing was thrown";
    } catch (const std::exception& error) {
        return error_text(error);
    }
}

TEST(ErrorText, the_projects_own_words_stay_as_they_are)
{
    EXPECT_EQ(error_text(ConfigError("no (why). do")), "no (why). do");
    EXPECT_EQ(error_text(StoreError("disk full")), "disk full");
    EXPECT_EQ(error_text(BackendError("f", 3, "bad")), "f failed (code 3: bad)");
    EXPECT_EQ(error_text(std::logic_error("a round has parts of different extents")),
              "a round has parts of different extents");
}

TEST(ErrorText, the_standard_librarys_words_never_reach_a_user)
{
    std::vector<int> numbers;
    const std::string texts[] = {text_of([] { static_cast<void>(std::stod("x")); }),
                                 text_of([] { static_cast<void>(std::stod("1e999")); }),
                                 text_of([&] { static_cast<void>(numbers.at(3)); }),
                                 text_of([&] { numbers.reserve(std::numeric_limits<std::size_t>::max()); }),
                                 text_of([] { throw std::bad_alloc(); }),
                                 text_of([] { static_cast<void>(std::filesystem::file_size("/nowhere/at/all")); }),
                                 text_of([] {
                                     std::ifstream file("/nowhere/at/all");
                                     file.exceptions(std::ios::failbit);
                                 })};
    for (const std::string& text : texts) {
        EXPECT_THAT(text, Not(AnyOf(HasSubstr("stod"), HasSubstr("vector"), HasSubstr("_M_"), HasSubstr("bad_alloc"),
                                    HasSubstr("basic_"), HasSubstr("filesystem error"))));
        EXPECT_THAT(text, ::testing::MatchesRegex(".+ \\(.+\\)\\. [A-Z].+")) << "a sentence of this program's form";
    }
    EXPECT_THAT(texts[5], HasSubstr("'/nowhere/at/all' (No such file or directory)"));
}

}  // namespace
}  // namespace plumbline
