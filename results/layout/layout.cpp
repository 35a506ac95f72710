// SPDX-License-Identifier: Apache-2.0
#include "results/layout/layout.hpp"

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

std::string part_name(int id, int round)
{
    return fmt::format("{}-{}.h5", case_name(id), round);
}

std::optional<std::pair<int, int>> parse_part_name(const std::filesystem::path& file)
{
    const std::string stem = file.stem().string();
    const auto dash = stem.find('-');
    if (file.extension() != ".h5" || dash == std::string::npos) {
        return std::nullopt;
    }
    const auto id = parse_number(std::string_view(stem).substr(0, dash));
    const auto round = parse_number(std::string_view(stem).substr(dash + 1));
    return id && round && part_name(*id, *round) == file.filename() ? std::optional(std::pair(*id, *round))
                                                                    : std::nullopt;
}

std::optional<int> parse_number(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value >= 0 ? std::optional(value) : std::nullopt;
}

}  // namespace plumbline::layout
