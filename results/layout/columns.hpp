// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/layout/layout.hpp"

#include <cstdint>
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

/// A count as read; throws hdf5::Error for what is none.
int narrow(std::int64_t value);

}  // namespace plumbline::layout
