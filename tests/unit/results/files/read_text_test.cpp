// SPDX-License-Identifier: Apache-2.0
#include "results/files/read_text.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <cstdlib>
#include <fstream>

namespace plumbline::files {
namespace {

using ::testing::HasSubstr;

TEST(ReadText, looks_at_a_file_before_it_opens_it)
{
    std::string folder = (std::filesystem::temp_directory_path() / "plumbline_read_XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    const std::filesystem::path path = folder;
    const auto refusal = [&](const char* name) {
        try {
            read_text(path / name, 4, "Check it");
        } catch (const ConfigError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    std::ofstream(path / "text") << "abcd";
    std::ofstream(path / "long") << "abcde";
    ASSERT_EQ(mkfifo((path / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(read_text(path / "text", 4, ""), "abcd");
    EXPECT_THAT(refusal("long"), HasSubstr("long: can't be read (it is larger than 4 B). Check it"));
    EXPECT_THAT(refusal("pipe"), HasSubstr("(it is no regular file)"));
    EXPECT_THAT(refusal("."), HasSubstr("(it is no regular file)"));
    EXPECT_THAT(refusal("none"), HasSubstr("(there is no such file)"));
    std::filesystem::remove_all(path);
}

}  // namespace
}  // namespace plumbline::files
