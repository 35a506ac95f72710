// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/texts/language.hpp"

#include <span>
#include <string_view>

namespace plumbline::report {

using plumbline::Language;

/// Every text that a page shows of its own accord. `{x}` is a place for a value, the same ones in both languages.
struct Text {
    std::string_view key;
    std::string_view en;
    std::string_view zh;
};
std::span<const Text> all_texts();

}  // namespace plumbline::report
