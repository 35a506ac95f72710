// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/texts/language.hpp"

#include <span>
#include <string>

namespace plumbline::app {

/// The language that an option names; where it is empty, that of LC_ALL, LC_MESSAGES or LANG, the first that is set.
Language chosen_language(const std::string& option);

/// Of a command line that isn't understood yet, or not at all: what --lang names, else the locale's.
Language language_of_arguments(std::span<const char* const> arguments);

}  // namespace plumbline::app
