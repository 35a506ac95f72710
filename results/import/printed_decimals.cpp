// SPDX-License-Identifier: Apache-2.0
#include "results/import/printed_decimals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace plumbline::import {

std::size_t decimals_of(std::string_view word)
{
    const std::size_t point = word.find('.');
    return point == std::string_view::npos ? 0 : word.size() - point - 1;
}

std::string unlike_decimals(std::span<const std::string_view> words)
{
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (decimals_of(words[i]) != decimals_of(words[0])) {
            return fmt::format("its numbers {} and {} are not printed alike, so other output may have cut one",
                               words[0], words[i]);
        }
    }
    return {};
}

void PrintedDecimals::add(std::size_t index, std::size_t line, std::string_view word)
{
    rows_.push_back({.index = index, .line = line, .word = std::string(word)});
}

std::vector<PrintedDecimals::Odd> PrintedDecimals::take_odd()
{
    std::map<std::size_t, std::size_t> often;
    for (const Row& row : rows_) {
        ++often[decimals_of(row.word)];
    }
    // Of as many, the longer: what is cut loses digits.
    const auto usual =
        std::ranges::max_element(often, {}, [](const auto& entry) { return std::pair(entry.second, entry.first); });
    std::vector<Odd> odd;
    for (const Row& row : rows_) {
        if (decimals_of(row.word) != usual->first) {
            odd.push_back(
                {.index = row.index,
                 .line = row.line,
                 .why = fmt::format("'{}' has {} decimals where most rows of the table have {}, so other output "
                                    "may have cut it",
                                    row.word, decimals_of(row.word), usual->first)});
        }
    }
    rows_.clear();
    return odd;
}

}  // namespace plumbline::import
