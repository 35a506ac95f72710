// SPDX-License-Identifier: Apache-2.0
#include "results/texts/language.hpp"

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
        for (std::size_t i = 1; i + 1 < literals_.size(); ++i) {
            const std::size_t end = text.find(literals_[i]);
            if (end == std::string_view::npos) {
                return std::nullopt;
            }
            values.push_back(recognised_within(text.substr(0, end), depth - 1));
            text.remove_prefix(end + literals_[i].size());
        }
        values.push_back(recognised_within(text, depth - 1));
        return values;
    }

    const std::string& key() const { return row_->key; }

private:
    const CatalogueRow* row_;
    std::vector<std::string_view> literals_;
};

/// A key with fewer letters of its own fits too much by chance.
constexpr std::size_t least_literal = 8;

struct Chinese {
    std::vector<CatalogueRow> rows;
    std::unordered_map<std::string_view, const CatalogueRow*> by_key;
    std::vector<Template> templates;  ///< the most literal first

    Chinese()
    {
        for (const EmbeddedFile& file : catalogues()) {
            auto more = parse_catalogue(file.text);
            std::ranges::move(more, std::back_inserter(rows));
        }
        for (const CatalogueRow& row : rows) {
            by_key.emplace(row.key, &row);
            const Template one(row);
            if (row.key.find("{}") == std::string::npos || one.literal_size() >= least_literal) {
                templates.push_back(one);
            }
        }
        std::ranges::stable_sort(templates, std::greater{}, &Template::literal_size);
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

Sentence recognised_within(std::string_view english, int depth)
{
    if (const auto counted = counted_thing(english)) {
        return *counted;
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
        return in_literal(language, sentence.text());
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
    return fill_places(text, values);
}

Sentence recognised(std::string_view english)
{
    return recognised_within(english, most_depth);
}

}  // namespace plumbline
