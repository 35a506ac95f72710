// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// In which language people are spoken to.
namespace plumbline {

enum class Language : unsigned char { en, zh };
std::optional<Language> parse_language(std::string_view text);  ///< "en", "zh"
std::string_view name(Language language);
/// Of a user whose locale is `locale`, as LC_ALL, LC_MESSAGES or LANG state it ("zh_CN.UTF-8"): English where there is
/// no other catalogue for it.
Language language_of_locale(std::string_view locale);

/// A sentence in a language: English where its key has no row in the catalogue. A literal is recognised() where it has
/// more than one word, and else stays as it is: a name.
std::string in(Language language, const Sentence& sentence);

/// What a file says in English words, as a sentence again: the row of the catalogue that its whole text fits, with what
/// stands in the places as values. A literal where none fits. The most literal row that fits is taken.
Sentence recognised(std::string_view english);

/// What a target says in its author's words: the row of a text that is shipped, and of anybody else's the words as they
/// are.
Sentence shipped_or_verbatim(std::string_view english);

/// A text of several lines, each recognised() behind its indent.
std::string lines_in(Language language, std::string_view english);

/// A row of the catalogue of Chinese: results/texts/languages/zh.po.
struct CatalogueRow {
    std::string key, text;
};
std::span<const CatalogueRow> chinese_catalogue();

/// Rows of a catalogue in gettext's format, msgid and msgstr alone. Throws std::logic_error that names the line.
std::vector<CatalogueRow> parse_catalogue(std::string_view po);

}  // namespace plumbline
