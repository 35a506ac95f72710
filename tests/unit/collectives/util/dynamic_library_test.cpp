// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/dynamic_library.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace plumbline {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class DynamicLibraryTest : public testing::Test {
protected:
    ~DynamicLibraryTest() override { std::filesystem::remove(path_); }

    std::string write(const std::string& content) const
    {
        std::ofstream(path_, std::ios::binary) << content;
        return path_.string();
    }

    static std::string why_not(const std::string& name)
    {
        try {
            const DynamicLibrary library(name);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "it was opened";
    }

private:
    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / fmt::format("plumbline-library-{}.so", getpid());
};

std::string own_program()
{
    std::ifstream file("/proc/self/exe", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(DynamicLibraryTest, gives_functions_and_says_where_it_was_found)
{
    const DynamicLibrary library("libm.so.6");
    double (*cosine)(double) = nullptr;
    library.get("cos", cosine);
    EXPECT_EQ(cosine(0), 1);
    EXPECT_THAT(library.path(), HasSubstr("/libm.so.6"));
}

TEST_F(DynamicLibraryTest, a_missing_function_is_an_error_that_names_it_or_null_where_it_may_be_missing)
{
    const DynamicLibrary library("libm.so.6");
    int (*missing)() = nullptr;
    library.get_if_there("plumb_line", missing);
    EXPECT_EQ(missing, nullptr);
    try {
        library.get("plumb_line", missing);
        ADD_FAILURE() << "found";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr("libm.so.6"), HasSubstr("plumb_line"), HasSubstr("too old")));
    }
}

TEST_F(DynamicLibraryTest, a_missing_library_is_named_with_the_loaders_reason)
{
    EXPECT_THAT(why_not("libplumbline-absent.so.9"), AllOf(HasSubstr("libplumbline-absent.so.9"),
                                                           HasSubstr("No such file"), HasSubstr("--backend-library")));
}

TEST_F(DynamicLibraryTest, a_file_that_is_no_library_is_called_that)
{
    EXPECT_THAT(why_not(write("hello\n")), HasSubstr("not a shared library"));
    EXPECT_THAT(why_not(write("")), HasSubstr("not a shared library"));
}

TEST_F(DynamicLibraryTest, a_library_for_another_machine_is_told_by_its_header)
{
    constexpr std::size_t machine_at = 18;
    std::string content = own_program();
    const char aarch64 = '\xb7';
    const char own = content.at(machine_at);
    content[machine_at] = own == aarch64 ? '\x3e' : aarch64;
    content[machine_at + 1] = 0;
    EXPECT_THAT(why_not(write(content)), AllOf(HasSubstr("it is for "), HasSubstr("this program for ")));
}

}  // namespace
}  // namespace plumbline
