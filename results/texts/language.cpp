// SPDX-License-Identifier: Apache-2.0
#include "results/texts/language.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/texts/embedded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <unordered_map>

namespace plumbline {
namespace {

/// What stands between quotes in a line of a catalogue, its escapes resolved.
std::string quoted(std::string_view line, int number)
{
    const std::size_t open = line.find('"');
    if (open == std::string_view::npos || line.size() < open + 2 || line.back() != '"') {
        throw std::logic_error(fmt::format("line {} of the catalogue has no text in quotes", number));
    }
    std::string text;
    const std::string_view inside = line.substr(open + 1, line.size() - open - 2);
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] == '\\' && i + 1 < inside.size()) {
            ++i;
            text += inside[i] == 'n' ? '\n' : inside[i];
        } else {
            text += inside[i];
        }
    }
    return text;
}

/// Values of values, and no deeper: what a file says is no sentence of many parts.
constexpr int most_depth = 4;

Sentence recognised_within(std::string_view english, int depth);

/// One row, and what its key says literally.
class Template {
public:
    explicit Template(const CatalogueRow& row) : row_(&row)
    {
        std::string_view rest = row.key;
        for (std::size_t open = rest.find("{}"); open != std::string_view::npos; open = rest.find("{}")) {
            literals_.push_back(rest.substr(0, open));
            rest.remove_prefix(open + 2);
        }
        literals_.push_back(rest);
    }

    std::size_t literal_size() const
    {
        std::size_t size = 0;
        for (const std::string_view literal : literals_) {
            size += literal.size();
        }
        return size;
    }

    /// How many letters stand before its first value.
    std::size_t begins_with() const { return literals_.front().size(); }

    /// The values in the places; nothing where `text` doesn't fit.
    std::optional<std::vector<Sentence>> values_in(std::string_view text, int depth) const
    {
        if (literals_.size() == 1) {
            return text == literals_.front() ? std::optional(std::vector<Sentence>{}) : std::nullopt;
        }
        if (!text.starts_with(literals_.front()) || text.size() < literals_.front().size() + literals_.back().size() ||
            !text.ends_with(literals_.back())) {
            return std::nullopt;
        }
        text.remove_prefix(literals_.front().size());
        text.remove_suffix(literals_.back().size());
        std::vector<Sentence> values;
        const auto add = [&](std::size_t place, std::string_view value) {
            const bool quoted = literals_[place].ends_with('\'') && literals_[place + 1].starts_with('\'');
            values.push_back(quoted ? Sentence(value)
                                    : recognised_within(value, depth - 1));  // in quotes stands a name
        };
        for (std::size_t i = 1; i + 1 < literals_.size(); ++i) {
            const std::size_t end = text.find(literals_[i]);
            if (end == std::string_view::npos) {
                return std::nullopt;
            }
            add(i - 1, text.substr(0, end));
            text.remove_prefix(end + literals_[i].size());
        }
        add(literals_.size() - 2, text);
        return values;
    }

    const std::string& key() const { return row_->key; }

private:
    const CatalogueRow* row_;
    std::vector<std::string_view> literals_;
};

/// A key with fewer letters of its own, or before its first value, fits too much by chance.
constexpr std::size_t least_literal = 8;
constexpr std::size_t least_beginning = 5;

struct Chinese {
    std::vector<CatalogueRow> rows;
    std::unordered_map<std::string_view, const CatalogueRow*> by_key;
    std::vector<Template> templates;  ///< those that begin with words first, and the most literal first

    Chinese()
    {
        for (const EmbeddedFile& file : catalogues()) {
            auto more = parse_catalogue(file.text);
            std::ranges::move(more, std::back_inserter(rows));
        }
        for (const CatalogueRow& row : rows) {
            by_key.emplace(row.key, &row);
            const Template one(row);
            if (row.key.find("{}") == std::string::npos || one.literal_size() >= least_literal ||
                one.begins_with() >= least_beginning) {
                templates.push_back(one);
            }
        }
        std::ranges::stable_sort(templates, std::greater{}, [](const Template& one) {
            return std::pair(one.begins_with() >= least_beginning, one.literal_size());
        });
    }
};

/// Parsed once, and never changed.
const Chinese& chinese()
{
    static const Chinese catalogue;
    return catalogue;
}

/// "4 ranks", whose row is too short to be told by its letters.
std::optional<Sentence> counted_thing(std::string_view english)
{
    const std::size_t end = english.find_first_not_of("0123456789");
    if (end == 0 || end == std::string_view::npos || english[end] != ' ') {
        return std::nullopt;
    }
    const std::string key = "{}" + std::string(english.substr(end));
    return chinese().by_key.contains(key) ? std::optional(Sentence(key, {Sentence(english.substr(0, end))}))
                                          : std::nullopt;
}

/// A word of the catalogue; else the text itself.
Sentence word_or_name(std::string_view english)
{
    return chinese().by_key.contains(english) ? word(english) : Sentence(english);
}

/// "4 ranks on 2 nodes", "algorithm ring", "bfloat16": what follows a pattern in a case's title.
Sentence part_of_title(std::string_view english, int depth)
{
    constexpr std::string_view on = " on ";
    if (const std::size_t at = english.find(on); at != std::string_view::npos) {
        const auto ranks = counted_thing(english.substr(0, at));
        const auto nodes = counted_thing(english.substr(at + on.size()));
        if (ranks && nodes) {
            return say("{} on {}", *ranks, *nodes);
        }
    }
    const Sentence whole = recognised_within(english, depth);
    const std::size_t space = english.rfind(' ');
    if (whole.is_key() || space == std::string_view::npos || english.find_first_of("0123456789") == 0) {
        return whole;
    }
    return say("{} {}", word_or_name(english.substr(0, space)), word_or_name(english.substr(space + 1)));
}

/// The title of a case: a pattern's, and after commas what is known of it, the ranks last.
std::optional<Sentence> case_title(std::string_view english, int depth)
{
    constexpr std::string_view comma = ", ";
    const std::size_t first = english.find(comma);
    const std::string_view pattern = english.substr(0, first);
    const bool known = std::ranges::any_of(all_patterns(), [&](const PatternInfo& row) {
        return pattern.starts_with(row.title) &&
               (pattern.size() == row.title.size() || pattern[row.title.size()] == ' ');
    });
    const std::size_t last = english.rfind(comma);
    if (depth <= 0 || !known || first == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view scale = english.substr(last + comma.size());
    if (!counted_thing(scale.substr(0, scale.find(" on ")))) {
        return std::nullopt;
    }
    Sentence title = part_of_title(pattern, depth - 1);
    for (std::string_view rest = english.substr(first); !rest.empty();) {
        rest.remove_prefix(comma.size());
        const std::size_t end = std::min(rest.find(comma), rest.size());
        title = say("{}, {}", title, part_of_title(rest.substr(0, end), depth - 1));
        rest.remove_prefix(end);
    }
    return title;
}

Sentence recognised_within(std::string_view english, int depth)
{
    if (const auto counted = counted_thing(english)) {
        return *counted;
    }
    if (const auto title = case_title(english, depth)) {
        return *title;
    }
    if (depth > 0) {
        for (const Template& one : chinese().templates) {
            if (auto values = one.values_in(english, depth)) {
                return {one.key(), *std::move(values)};
            }
        }
    }
    return english;
}

/// Whether a text ends, or begins, with a character of Chinese: three bytes or more in UTF-8, as its punctuation too.
bool ends_wide(std::string_view text)
{
    std::size_t at = text.size();
    while (at > 0 && (static_cast<unsigned char>(text[at - 1]) & 0xC0U) == 0x80U) {
        --at;
    }
    return at > 0 && static_cast<unsigned char>(text[at - 1]) >= 0xE2U;
}
bool begins_wide(std::string_view text)
{
    return !text.empty() && static_cast<unsigned char>(text.front()) >= 0xE2U;
}

/// The text without the spaces that stand between a Latin value and Chinese, where the value is Chinese itself.
std::string beside_wide(std::string_view text, const std::vector<std::string>& values)
{
    std::string tight;
    std::size_t next = 0;
    while (!text.empty()) {
        const std::size_t open = std::min(text.find('{'), text.size());
        tight += text.substr(0, open);
        text.remove_prefix(open);
        const std::size_t close = text.find('}');
        if (close == std::string_view::npos) {
            return tight.append(text);
        }
        const std::string_view place = text.substr(0, close + 1);
        const std::size_t index = place.size() == 3 ? static_cast<std::size_t>(place[1] - '0') : next++;
        text.remove_prefix(place.size());
        const bool known = index < values.size();
        if (known && begins_wide(values[index]) && tight.ends_with(' ') &&
            ends_wide(std::string_view(tight).substr(0, tight.size() - 1))) {
            tight.pop_back();
        }
        tight += place;
        if (known && ends_wide(values[index]) && text.starts_with(' ') && begins_wide(text.substr(1))) {
            text.remove_prefix(1);
        }
    }
    return tight;
}

/// What came as plain words, such as from another rank or from an older file. One word alone is a name.
std::string in_literal(Language language, const std::string& text)
{
    if (text.find(' ') == std::string::npos) {
        return text;
    }
    const Sentence known = recognised(text);
    return known.is_key() ? in(language, known) : text;
}

}  // namespace

std::optional<Language> parse_language(std::string_view text)
{
    return text == "en" ? std::optional(Language::en) : text == "zh" ? std::optional(Language::zh) : std::nullopt;
}

std::string_view name(Language language)
{
    return language == Language::zh ? "zh" : "en";
}

Language language_of_locale(std::string_view locale)
{
    return locale == "zh" || locale.starts_with("zh_") || locale.starts_with("zh.") || locale.starts_with("zh-")
               ? Language::zh
               : Language::en;
}

std::vector<CatalogueRow> parse_catalogue(std::string_view po)
{
    std::vector<CatalogueRow> rows;
    std::string* into = nullptr;
    int number = 0;
    while (!po.empty()) {
        const std::size_t end = std::min(po.find('\n'), po.size());
        const std::string_view line = po.substr(0, end);
        po.remove_prefix(std::min(end + 1, po.size()));
        ++number;
        if (line.empty() || line.front() == '#') {
            continue;
        }
        if (line.starts_with("msgid ")) {
            into = &rows.emplace_back().key;
        } else if (line.starts_with("msgstr ") && !rows.empty()) {
            into = &rows.back().text;
        } else if (line.front() != '"' || into == nullptr) {
            throw std::logic_error(fmt::format("line {} of the catalogue is neither msgid, msgstr nor text", number));
        }
        *into += quoted(line, number);
    }
    std::erase_if(rows, [](const CatalogueRow& row) { return row.key.empty(); });  // the header
    return rows;
}

std::span<const CatalogueRow> chinese_catalogue()
{
    return chinese().rows;
}

std::string in(Language language, const Sentence& sentence)
{
    if (language == Language::en) {
        return sentence.english();
    }
    if (!sentence.is_key()) {
        return sentence.is_verbatim() ? sentence.text() : in_literal(language, sentence.text());
    }
    const auto& rows = chinese().by_key;
    const auto row = rows.find(sentence.text());
    const std::string& text = row == rows.end() ? sentence.text() : row->second->text;
    if (sentence.values().empty()) {
        return text;
    }
    std::vector<std::string> values;
    std::ranges::transform(sentence.values(), std::back_inserter(values),
                           [&](const Sentence& value) { return in(language, value); });
    return fill_places(beside_wide(text, values), values);
}

Sentence recognised(std::string_view english)
{
    return recognised_within(english, most_depth);
}

Sentence shipped_or_verbatim(std::string_view english)
{
    return chinese().by_key.contains(english) && english.find(' ') != std::string_view::npos ? word(english)
                                                                                             : verbatim(english);
}

std::string lines_in(Language language, std::string_view english)
{
    if (language == Language::en) {
        return std::string(english);
    }
    std::string text;
    while (!english.empty()) {
        const std::size_t end = std::min(english.find('\n'), english.size());
        const std::size_t indent = std::min(english.find_first_not_of(' '), end);
        text += english.substr(0, indent);
        text += in(language, recognised(english.substr(indent, end - indent)));
        text += english.substr(end, end < english.size() ? 1 : 0);
        english.remove_prefix(std::min(end + 1, english.size()));
    }
    return text;
}

}  // namespace plumbline
