#include "collectives/util/nearest_word.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace plumbline {
namespace {

/// Longer words are cut before they are compared.
constexpr std::size_t max_word = 64;

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

std::string_view nearest_word(std::string_view text, std::span<const std::string_view> valid)
{
    return *std::min_element(valid.begin(), valid.end(), [&](std::string_view a, std::string_view b) {
        return edits_between(text.substr(0, max_word), a) < edits_between(text.substr(0, max_word), b);
    });
}

}  // namespace plumbline
