// SPDX-License-Identifier: Apache-2.0
#include "results/util/host_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

namespace plumbline {

namespace {

/// What is before and behind the last number, and how wide it is; 0 for a number that isn't padded.
using Shape = std::tuple<std::string, std::string, std::size_t>;

constexpr std::size_t most_digits = 15;

/// The last run of digits: [first, end); empty where there is none, or it is no number worth folding.
std::pair<std::size_t, std::size_t> last_number(std::string_view name)
{
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::size_t end = name.size();
    while (end > 0 && !is_digit(name[end - 1])) {
        --end;
    }
    std::size_t first = end;
    while (first > 0 && is_digit(name[first - 1])) {
        --first;
    }
    return end - first > most_digits ? std::pair(end, end) : std::pair(first, end);
}

std::string range_text(std::uint64_t first, std::uint64_t last, std::size_t width)
{
    return first == last ? fmt::format("{:0{}}", first, width)
                         : fmt::format("{:0{}}-{:0{}}", first, width, last, width);
}

std::string numbers_text(const std::set<std::uint64_t>& numbers, std::size_t width)
{
    std::string text;
    for (auto at = numbers.begin(); at != numbers.end();) {
        const std::uint64_t first = *at;
        std::uint64_t last = first;
        while (++at != numbers.end() && *at == last + 1) {
            last = *at;
        }
        text += (text.empty() ? "" : ",") + range_text(first, last, width);
    }
    return text;
}

}  // namespace

std::string fold_host_names(std::span<const std::string> names)
{
    std::map<Shape, std::set<std::uint64_t>> folded;
    std::set<std::string> plain;
    for (const std::string& name : names) {
        const auto [first, end] = last_number(name);
        if (first == end) {
            plain.insert(name);
            continue;
        }
        std::uint64_t number = 0;
        std::from_chars(name.data() + first, name.data() + end, number);
        const bool padded = name[first] == '0' && end - first > 1;
        folded[{name.substr(0, first), name.substr(end), padded ? end - first : 0}].insert(number);
    }
    // "node099" is padded and "node100" isn't: of one width they are one shape.
    for (auto at = folded.begin(); at != folded.end(); ++at) {
        const auto& [before, behind, width] = at->first;
        const auto loose = width == 0 ? folded.end() : folded.find({before, behind, 0});
        if (loose == folded.end()) {
            continue;
        }
        for (auto number = loose->second.begin(); number != loose->second.end();) {
            const bool fits = std::to_string(*number).size() == width;
            if (fits) {
                at->second.insert(*number);
            }
            number = fits ? loose->second.erase(number) : std::next(number);
        }
    }
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ",") + part; };
    for (const auto& [shape, numbers] : folded) {
        const auto& [before, behind, width] = shape;
        if (numbers.size() == 1) {
            add(before + numbers_text(numbers, width) + behind);
        } else if (!numbers.empty()) {
            add(fmt::format("{}[{}]{}", before, numbers_text(numbers, width), behind));
        }
    }
    std::ranges::for_each(plain, add);
    return text;
}

namespace {

constexpr std::size_t most_names = 100'000;

std::optional<std::uint64_t> whole_number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && end == text.data() + text.size() && text.size() <= most_digits;
    return whole ? std::optional(value) : std::nullopt;
}

/// `before`, each number of "001-063,065", `behind`; false where that is none.
bool expand_numbers(std::string_view before, std::string_view numbers, std::string_view behind,
                    std::vector<std::string>& names)
{
    for (bool more = true; more;) {
        const std::size_t comma = numbers.find(',');
        const std::string_view part = numbers.substr(0, comma);
        more = comma != std::string_view::npos;
        numbers.remove_prefix(more ? comma + 1 : numbers.size());
        const std::size_t dash = part.find('-');
        const std::string_view first_text = part.substr(0, dash);
        const auto first = whole_number(first_text);
        const auto last = dash == std::string_view::npos ? first : whole_number(part.substr(dash + 1));
        if (!first || !last || *last < *first || *last - *first >= most_names - std::min(names.size(), most_names)) {
            return false;
        }
        for (std::uint64_t number = *first; number <= *last; ++number) {
            names.push_back(fmt::format("{}{:0{}}{}", before, number, first_text.size(), behind));
        }
    }
    return true;
}

}  // namespace

std::optional<std::vector<std::string>> expand_host_names(std::string_view text)
{
    std::vector<std::string> names;
    for (bool more = true; more;) {
        // To the next comma outside of brackets.
        std::size_t end = 0;
        for (bool inside = false; end < text.size() && (inside || text[end] != ','); ++end) {
            inside = text[end] == '[' || (inside && text[end] != ']');
        }
        const std::string_view word = text.substr(0, end);
        more = end < text.size();
        text.remove_prefix(more ? end + 1 : end);
        const std::size_t open = word.find('[');
        const std::size_t close = word.find(']');
        if (open == std::string_view::npos && close == std::string_view::npos) {
            if (word.empty() || word.find_first_of(" \t\n") != std::string_view::npos || names.size() >= most_names) {
                return std::nullopt;
            }
            names.emplace_back(word);
        } else if (open == std::string_view::npos || close == std::string_view::npos || close < open ||
                   word.find_first_of("[]", close + 1) != std::string_view::npos ||
                   !expand_numbers(word.substr(0, open), word.substr(open + 1, close - open - 1),
                                   word.substr(close + 1), names)) {
            return std::nullopt;
        }
    }
    std::set<std::string> seen;
    std::erase_if(names, [&](const std::string& name) { return !seen.insert(name).second; });
    return names;
}

}  // namespace plumbline
