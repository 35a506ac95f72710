#pragma once

#include <span>
#include <string_view>

namespace plumbline {

/// The word of `valid` with the fewest edits (insert, delete, replace, swap of neighbours) from `text`; `valid` is not
/// empty. Damerau 1964, in the restricted form.
std::string_view nearest_word(std::string_view text, std::span<const std::string_view> valid);

}  // namespace plumbline
