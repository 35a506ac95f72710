#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace plumbline::import {

/// A row of a table of a suite's names.
template <class E>
struct Named {
    std::string_view name;
    E value;
};

template <class E, std::size_t N>
std::optional<E> find_in(const std::array<Named<E>, N>& table, std::string_view text)
{
    const auto row = std::find_if(table.begin(), table.end(), [&](const Named<E>& r) { return r.name == text; });
    return row == table.end() ? std::nullopt : std::optional(row->value);
}

}  // namespace plumbline::import
