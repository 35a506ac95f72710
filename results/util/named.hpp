// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace plumbline {

/// A row of a table of names, such as what a file or another suite calls something.
template <class E>
struct Named {
    std::string_view name;
    E value;
};

/// The value called `text`; nothing where the table has none.
template <class E, std::size_t N>
std::optional<E> find_in(const std::array<Named<E>, N>& table, std::string_view text)
{
    const auto row = std::find_if(table.begin(), table.end(), [&](const Named<E>& r) { return r.name == text; });
    return row == table.end() ? std::nullopt : std::optional(row->value);
}

/// The name of `value`, the first of several; empty where the table has none.
template <class E, std::size_t N>
std::string_view name_in(const std::array<Named<E>, N>& table, E value)
{
    const auto row = std::find_if(table.begin(), table.end(), [&](const Named<E>& r) { return r.value == value; });
    return row == table.end() ? std::string_view{} : row->name;
}

}  // namespace plumbline
