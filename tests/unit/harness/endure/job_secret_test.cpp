// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/job_secret.hpp"

#include "collectives/util/error.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>

namespace plumbline::endure {
namespace {

TEST(JobSecret, is_found_in_what_launchers_pass_on_and_else_in_the_file)
{
    std::map<std::string, std::string> variables;
    const auto get = [&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    const std::string file = testing::TempDir() + "plumbline-secret-test";
    std::ofstream(file) << "of-the-file\n";
    EXPECT_EQ(find_secret(get, file), "of-the-file");
    for (const std::string& variable : secret_environment("passed-on")) {  // by either name alone
        const auto equals = variable.find('=');
        variables = {{variable.substr(0, equals), variable.substr(equals + 1)}};
        EXPECT_EQ(find_secret(get, file), "passed-on");
    }
    variables.clear();
    std::remove(file.c_str());
    EXPECT_THROW(find_secret(get, file), ConfigError);
}

}  // namespace
}  // namespace plumbline::endure
