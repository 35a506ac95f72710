// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenarios/yaml/reader.hpp"
#include "scenarios/yaml/tree.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace plumbline {

/// All mistakes that `read` finds in a document, in the order of its lines, a line each behind "plumbline: " but for
/// the first, `most_errors` at most; empty where it finds none. After a mistake the document is read on with the
/// nearest valid word in its place, or without the value, and what follows from that alone is not said. A section whose
/// values hang together is left out as a whole after a wrong value.
Sentence all_errors(YamlNode document, const std::function<void(const YamlNode&)>& read);
inline constexpr std::size_t most_errors = 20;

/// What `read` makes of the document. Throws one ConfigError with all_errors().
template <class Read>
auto read_or_say_all_errors(const YamlNode& document, Read read)
{
    try {
        return read(Field(document));
    } catch (const FieldError&) {
        throw ConfigError(all_errors(document, [&](const YamlNode& mended) { read(Field(mended)); }));
    }
}

}  // namespace plumbline
