// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/history/night.hpp"
#include "results/history/trends.hpp"
#include "results/texts/language.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace plumbline::app {

/// Whom to tell when a history changes.
struct Listeners {
    std::string command;               ///< of the shell; "" = none
    std::string webhook;               ///< address that takes a JSON object by POST, http or https; "" = none
    Language language = Language::en;  ///< in which a listener that fails is warned of
};

/// What is told. Two are the same where verdict and open events are.
struct News {
    std::string verdict;   ///< "FAIL", "BROKEN"
    std::string summary;   ///< one line for people
    std::string json;      ///< an object with all of it, which begins with the line of its identity
    std::string identity;  ///< what makes it news: a hash of verdict and open events
    bool good = false;     ///< nothing is wrong
};
/// `language`: of the summary alone.
News news_of(const std::filesystem::path& folder, const RunIndex& index, const Trends& trends,
             const std::optional<Night>& night, Language language = Language::en);

/// Tells the listeners where the news are others than those told last, which FOLDER/.plumbline-told.json holds; a
/// folder's first news are told unless they are good. The command runs under /bin/sh with the JSON on its stdin and
/// PLUMBLINE_VERDICT, PLUMBLINE_SUMMARY and PLUMBLINE_FOLDER in its environment. A listener that fails is warned of on
/// stderr and told again the next time. Returns whether all that had to be told was.
bool tell_change(const std::filesystem::path& folder, const News& news, const Listeners& listeners);

/// Throws ConfigError for an address that is no http or https one.
void check_webhook(const std::string& address);

}  // namespace plumbline::app
