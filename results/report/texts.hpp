// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace plumbline::report {

enum class Language : unsigned char { en, zh };
std::optional<Language> parse_language(std::string_view text);  ///< "en", "zh"
std::string_view name(Language language);

/// Every text that a page shows of its own accord. `{x}` is a place for a value, the same ones in both languages.
struct Text {
    std::string_view key;
    std::string_view en;
    std::string_view zh;
};
std::span<const Text> all_texts();

}  // namespace plumbline::report
