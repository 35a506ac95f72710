// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plumbline {

/// The word of `valid` with the fewest edits (insert, delete, replace, swap of neighbours; upper and lower case are
/// alike) from `text`; nothing where none is near: more than a third of the letters of `text` would change, one letter
/// in a short word. Damerau 1964, in the restricted form.
std::optional<std::string_view> nearest_word(std::string_view text, std::span<const std::string_view> valid);

/// The end of a sentence on a `text` that is none of `valid`: "`lead` 'scale'" with the nearest word, `otherwise` where
/// none is near.
std::string suggest_nearest(std::string_view lead, std::string_view text, std::span<const std::string_view> valid,
                            std::string_view otherwise);

}  // namespace plumbline
