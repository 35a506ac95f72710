// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/nearest_word.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace plumbline {
namespace {

/// Longer texts are near to nothing.
constexpr std::size_t max_word = 64;

std::string lower_case(std::string_view word)
{
    std::string lower(word);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

std::size_t edits_between(std::string_view a, std::string_view b)
{
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> cost((a.size() + 1) * width);
    const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return cost[i * width + j]; };
    for (std::size_t i = 0; i <= a.size(); ++i) {
        at(i, 0) = i;
    }
    for (std::size_t j = 0; j <= b.size(); ++j) {
        at(0, j) = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
            at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
            }
        }
    }
    return cost.back();
}

}  // namespace

std::optional<std::string_view> nearest_word(std::string_view text, std::span<const std::string_view> valid)
{
    // Of a single letter any other would be one edit away.
    std::size_t allowed = text.size() < 2 ? 0 : std::max<std::size_t>(1, text.size() / 3);
    std::optional<std::string_view> nearest;
    if (text.size() > max_word) {
        return nearest;
    }
    const std::string written = lower_case(text);
    for (const std::string_view word : valid) {
        const std::size_t edits = edits_between(written, lower_case(word));
        if (edits < allowed || (edits == allowed && !nearest)) {
            allowed = edits;
            nearest = word;
        }
    }
    return nearest;
}

std::string suggest_nearest(std::string_view lead, std::string_view text, std::span<const std::string_view> valid,
                            std::string_view otherwise)
{
    const auto nearest = nearest_word(text, valid);
    return nearest ? fmt::format("{} '{}'", lead, *nearest) : std::string(otherwise);
}

}  // namespace plumbline
