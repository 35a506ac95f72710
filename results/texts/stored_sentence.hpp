// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"

#include <optional>
#include <string>
#include <string_view>

/// A sentence as files and messages between ranks hold it: its code and its values, from which every language makes its
/// own words.
namespace plumbline {

/// {"code": TEXT, "values": [...]}: the English text with "{}" for each value, which is the key of the catalogues; a
/// value is such an object again, or a string where it is said alike in all languages. A literal is recognised first
/// (recognised()), and is a JSON string where no row fits.
std::string stored(const Sentence& sentence);

/// Nothing for a text that stored() doesn't write: what is no such object, is nested deeper than 8, or has another
/// number of values than its code has places.
std::optional<Sentence> sentence_from(std::string_view stored);

}  // namespace plumbline
