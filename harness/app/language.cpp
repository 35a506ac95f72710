// SPDX-License-Identifier: Apache-2.0
#include "harness/app/language.hpp"

#include <cstdlib>

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

}  // namespace plumbline::app
