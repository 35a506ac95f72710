// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

/// What is said of a scenario that can't be read.
namespace plumbline::test {

template <class F>
std::string refusal(F&& read)
{
    try {
        read();
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

inline std::string refusal_of(const std::string& text, const std::vector<std::string>& overrides = {})
{
    return refusal([&] { parse_scenario(text, "s.yaml", overrides); });
}

struct BadRow {
    std::string text;
    std::string says;
};

inline const std::string head = "plumbline: 1\nname: t\n";
inline const std::string tail = "cases:\n  - {pattern: barrier}\n";

inline void expect_refused(const std::vector<BadRow>& rows)
{
    for (const BadRow& row : rows) {
        EXPECT_THAT(refusal_of(row.text), testing::AllOf(testing::StartsWith("s.yaml:"), testing::HasSubstr(row.says)))
            << row.text;
    }
}

}  // namespace plumbline::test
