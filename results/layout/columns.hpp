// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/layout/contradiction.hpp"
#include "results/layout/layout.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace plumbline::layout {

/// Collects the columns of a table from rows of any kind.
template <class Row>
class Columns {
public:
    explicit Columns(std::span<const Row> rows) : rows_(rows) {}

    template <class Value>
    void add(const char* column, std::string_view units, Value value)
    {
        using Result = std::decay_t<decltype(value(rows_.front()))>;
        if constexpr (std::is_same_v<Result, std::optional<double>>) {
            add(column, units, [&](const Row& row) { return value(row).value_or(absent); });
        } else {
            using Stored = std::conditional_t<
                std::is_floating_point_v<Result>, double,
                std::conditional_t<std::is_integral_v<Result>,
                                   std::conditional_t<std::is_signed_v<Result>, std::int64_t, std::uint64_t>,
                                   std::string>>;
            std::vector<Stored> values;
            for (const Row& row : rows_) {
                values.emplace_back(value(row));
            }
            columns_.push_back({column, std::string(units), std::move(values)});
        }
    }
    void write(hdf5::Contents& file, const std::string& path, std::string_view description) const
    {
        hdf5::write_table(file, path, columns_, description);
    }

    const std::vector<hdf5::Column>& columns() const { return columns_; }

private:
    std::span<const Row> rows_;
    std::vector<hdf5::Column> columns_;
};

/// Adds each value of the table's column that isn't the one in `right`; `places`: the table's rows that `right` is of.
/// `where` names a row.
void compare_column(const hdf5::Table& table, const hdf5::Column& right, std::span<const std::size_t> places,
                    const std::function<std::string(std::size_t)>& where, std::vector<Contradiction>& found);
/// What of the table at `path` isn't in `right`, row by row; a table of another length is one contradiction.
std::vector<Contradiction> compare_table(hid_t file, const std::string& path, std::span<const hdf5::Column> right);

/// A count as read; throws hdf5::Error for what is none.
int narrow(std::int64_t value);

}  // namespace plumbline::layout
