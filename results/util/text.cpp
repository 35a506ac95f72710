// SPDX-License-Identifier: Apache-2.0
#include "results/util/text.hpp"

#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>

namespace plumbline::text {
namespace {

constexpr std::size_t page_width = 80;

struct CodePoint {
    char32_t value = 0;
    std::size_t bytes = 0;  ///< 0: what stands there is not UTF-8
};

/// The first code point of `utf8`, which is not empty.
CodePoint decode(std::string_view utf8)
{
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(utf8[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (lead < 0xC2 || lead > 0xF4 || utf8.size() < length) {
        return {};
    }
    char32_t value = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return {};
        }
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < smallest.at(length) || surrogate || value > 0x10FFFF ? CodePoint{} : CodePoint{value, length};
}

struct Range {
    char32_t first;
    char32_t last;
};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, char32_t c)
{
    return std::any_of(ranges.begin(), ranges.end(), [&](const Range& r) { return c >= r.first && c <= r.last; });
}

/// Unicode's East Asian Width W and F, by block.
constexpr std::array wide{Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},  Range{0x3041, 0xA4CF},
                          Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},  Range{0xFE30, 0xFE6F},
                          Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},  Range{0x1F300, 0x1F64F},
                          Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};
constexpr std::array combining{Range{0x0300, 0x036F}, Range{0x200B, 0x200D}, Range{0x20D0, 0x20FF},
                               Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};

std::size_t columns_of(char32_t c)
{
    return in(combining, c) ? 0 : in(wide, c) ? 2 : 1;
}

std::string padded(const std::string& cell, std::size_t to, Align align)
{
    const std::string spaces(to - std::min(to, width(cell)), ' ');
    return align == Align::left ? cell + spaces : spaces + cell;
}

/// What changes the order of the text around it, or is no character: nobody sees it, and what is seen isn't what is
/// there.
constexpr std::array unseen{Range{0x061C, 0x061C}, Range{0x200E, 0x200F},  Range{0x2028, 0x202E},
                            Range{0x2066, 0x2069}, Range{0xFDD0, 0xFDEF},  Range{0xFEFF, 0xFEFF},
                            Range{0xFFF9, 0xFFFB}, Range{0xE0000, 0xE007F}};

bool is_unseen(char32_t c)
{
    return in(unseen, c) || (c & 0xFFFEU) == 0xFFFE;
}

std::string without_controls(std::string_view raw, std::string_view kept)
{
    constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
    std::string clean;
    clean.reserve(raw.size());
    while (!raw.empty()) {
        const CodePoint c = decode(raw);
        if (c.bytes == 0 || is_unseen(c.value)) {
            clean += replacement;
            raw.remove_prefix(std::max<std::size_t>(1, c.bytes));
            continue;
        }
        const bool control = c.value < 0x20 || (c.value >= 0x7F && c.value < 0xA0);
        const bool stays = !control || kept.find(raw.front()) != std::string_view::npos;
        clean += stays ? raw.substr(0, c.bytes) : std::string_view(" ");
        raw.remove_prefix(c.bytes);
    }
    return clean;
}

}  // namespace

std::string printable(std::string_view raw)
{
    return without_controls(raw, "");
}

std::string printable_lines(std::string_view raw)
{
    return without_controls(raw, "\n\t");
}

std::size_t width(std::string_view utf8)
{
    std::size_t columns = 0;
    while (!utf8.empty()) {
        const CodePoint c = decode(utf8);
        columns += c.bytes == 0 ? 1 : columns_of(c.value);
        utf8.remove_prefix(std::max<std::size_t>(1, c.bytes));
    }
    return columns;
}

namespace {

/// What stands on one line: a word, or one wide character, with the punctuation that sticks to it.
struct Atom {
    std::string text;
    std::size_t spaces = 0;  ///< before it
};

bool ends_a_thought(std::string_view character)
{
    constexpr std::array<std::string_view, 11> stops{"\uFF0C", "\u3002", "\uFF1B", "\uFF1A", "\uFF01", "\uFF1F",
                                                     "\uFF09", "\u300D", "\u300B", "\u3001", "\u201D"};
    return std::ranges::find(stops, character) != stops.end();
}
bool begins_a_thought(std::string_view text)
{
    return text.ends_with("\uFF08") || text.ends_with("\u300C") || text.ends_with("\u300A") || text.ends_with("\u201C");
}

std::vector<Atom> atoms_of(std::string_view utf8)
{
    std::vector<Atom> atoms;
    std::size_t spaces = 0;
    bool after_narrow = false;
    while (!utf8.empty()) {
        const std::size_t bytes = std::max<std::size_t>(1, decode(utf8).bytes);
        const std::string_view character = utf8.substr(0, bytes);
        utf8.remove_prefix(bytes);
        if (character == " ") {
            ++spaces;
            continue;
        }
        const bool narrow = width(character) < 2;
        const bool sticks =
            !atoms.empty() && spaces == 0 &&
            (ends_a_thought(character) || begins_a_thought(atoms.back().text) || (after_narrow && narrow));
        if (sticks) {
            atoms.back().text += character;
        } else {
            atoms.push_back({std::string(character), spaces});
        }
        after_narrow = narrow;
        spaces = 0;
    }
    return atoms;
}

}  // namespace

std::string folded(std::string_view utf8, std::size_t indent, std::size_t columns)
{
    if (width(utf8) <= columns) {
        return std::string(utf8);
    }
    std::string text;
    std::size_t at = 0;
    for (const Atom& atom : atoms_of(utf8)) {
        if (at > indent && at + atom.spaces + width(atom.text) > columns) {
            text += "\n" + std::string(indent, ' ') + atom.text;
            at = indent + width(atom.text);
        } else {
            text += std::string(atom.spaces, ' ') + atom.text;
            at += atom.spaces + width(atom.text);
        }
    }
    return text;
}

std::string with_break_marks(std::string_view utf8, std::string_view mark)
{
    std::string text;
    for (const Atom& atom : atoms_of(utf8)) {
        text += atom.spaces == 0 && !text.empty() ? std::string(mark) : std::string(atom.spaces, ' ');
        text += atom.text;
    }
    return text;
}

std::string pluralize(std::size_t count, std::string_view thing)
{
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string rank_count(int ranks)
{
    return pluralize(static_cast<std::size_t>(std::max(0, ranks)), "rank");
}

std::string quantity(double value, std::string_view unit)
{
    return unit == "s" ? format_seconds(value) : format_gigabytes_per_second(value) + " GB/s";
}

std::string Table::str() const
{
    const bool last_is_empty = std::ranges::none_of(rows_, [&](const std::vector<std::string>& row) {
        return row.size() == columns_.size() && !row.back().empty();
    });
    if (last_is_empty && columns_.size() > 1 && !rows_.empty()) {
        Table without = *this;
        without.columns_.pop_back();
        for (auto& row : without.rows_) {
            row.resize(std::min(row.size(), without.columns_.size()));
        }
        return without.str();
    }
    std::vector<std::string> titles(columns_.size());
    std::vector<std::size_t> widths(columns_.size());
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        titles[c] = columns_[c].title;
        widths[c] = width(titles[c]);
    }
    for (const auto& row : rows_) {
        const bool short_row = row.size() < columns_.size();
        for (std::size_t c = 0; c + (short_row ? 1 : 0) < row.size(); ++c) {
            widths[c] = std::max(widths[c], width(row[c]));
        }
    }
    const std::size_t cells = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
    const std::string gap(cells + 2 * (widths.size() - 1) <= page_width ? 2 : 1, ' ');

    std::string text;
    const auto add_line = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t c = 0; c < row.size(); ++c) {
            const bool spans = c + 1 == row.size() && row.size() < columns_.size();
            line += (c == 0 ? "" : gap) + padded(row[c], widths[c], spans ? Align::left : columns_[c].align);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    };
    add_line(titles);
    for (const auto& row : rows_) {
        add_line(row);
    }
    return text;
}

}  // namespace plumbline::text
