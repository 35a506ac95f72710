// SPDX-License-Identifier: Apache-2.0
#include "harness/app/language.hpp"

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace plumbline::app {

Language chosen_language(const std::string& option)
{
    if (const auto named = parse_language(option)) {
        return *named;
    }
    for (const char* const name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* const locale = std::getenv(name);
        if (locale != nullptr && *locale != '\0') {
            return language_of_locale(locale);
        }
    }
    return Language::en;
}

Language language_of_arguments(std::span<const char* const> arguments)
{
    constexpr std::string_view option = "--lang";
    std::string named;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        if (word == "--") {
            break;  // the rest is another program's
        }
        if (word == option && i + 1 < arguments.size()) {
            named = arguments[i + 1];
        } else if (word.starts_with(option) && word.substr(option.size()).starts_with('=')) {
            named = word.substr(option.size() + 1);
        }
    }
    return chosen_language(named);
}

}  // namespace plumbline::app
