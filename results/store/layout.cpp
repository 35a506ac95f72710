// SPDX-License-Identifier: Apache-2.0
#include "results/store/layout.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace plumbline::layout {

std::string case_name(int id)
{
    return fmt::format("{:06}", id);
}
std::string case_path(int id)
{
    return "/cases/" + case_name(id);
}
std::string world_ranks_path(int id)
{
    return case_path(id) + "/world_ranks";
}
std::string round_path(int id, int round)
{
    return fmt::format("{}/rounds/{}", case_path(id), round);
}

std::optional<int> parse_number(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= 0 ? std::optional(value) : std::nullopt;
}

}  // namespace plumbline::layout
