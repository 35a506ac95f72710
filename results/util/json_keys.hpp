// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// A name that one object of a JSON text has more than once. What a reader takes then depends on the reader.
struct RepeatedKey {
    std::string key;
    std::size_t line = 0;  ///< of the object's beginning, from 1
};
/// The first one, in the order of the text; nothing where there is none, or where the text is no JSON. Pure.
std::optional<RepeatedKey> repeated_key(std::string_view json);

}  // namespace plumbline
