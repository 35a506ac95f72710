// SPDX-License-Identifier: Apache-2.0
#include "results/layout/summary.hpp"

#include "results/layout/columns.hpp"
#include "results/layout/headers.hpp"
#include "results/layout/layout.hpp"
#include "results/records/summary_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace plumbline::layout {
namespace {

constexpr const char* summary_path = "/summary";
constexpr const char* scaling_path = "/scaling";

/// All rows' values of a field, of the kind that the file has for it.
hdf5::ColumnValues column_of(const SummaryField& field, std::span<const CaseSummary> cases)
{
    return std::visit(
        [&]<class T>(const T&) -> hdf5::ColumnValues {
            if constexpr (std::is_same_v<T, std::optional<double>>) {
                std::vector<double> values;
                for (const CaseSummary& row : cases) {
                    values.push_back(std::get<T>(value_of(field, row)).value_or(absent));
                }
                return values;
            } else if constexpr (std::is_constructible_v<hdf5::ColumnValues, std::vector<T>>) {
                std::vector<T> values;
                for (const CaseSummary& row : cases) {
                    values.push_back(std::get<T>(value_of(field, row)));
                }
                return values;
            } else {
                throw std::logic_error(fmt::format("the file has no columns of the kind of '{}'", field.name));
            }
        },
        value_of(field, CaseSummary{}));
}

/// Fields of the header are not read here: see read_headers().
template <class Other>
void read_column(const hdf5::Table&, const SummaryField&, Other, std::vector<CaseSummary>&)
{
}

template <class T>
void read_column(const hdf5::Table& table, const SummaryField& field, T CaseSummary::* member,
                 std::vector<CaseSummary>& cases)
{
    using Column = std::conditional_t<std::is_same_v<T, std::optional<double>>, double,
                                      std::conditional_t<std::is_same_v<T, int>, std::int64_t, T>>;
    auto values = table.column<Column>(std::string(field.name));
    for (std::size_t i = 0; i < cases.size(); ++i) {
        if constexpr (std::is_same_v<T, std::optional<double>>) {
            cases[i].*member = std::isfinite(values[i]) ? std::optional(values[i]) : std::nullopt;
        } else if constexpr (std::is_same_v<T, int>) {
            cases[i].*member = values[i] == field.least ? field.least : narrow(values[i]);
        } else {
            cases[i].*member = std::move(values[i]);
        }
    }
}

}  // namespace

void write_summary(hdf5::Contents& file, std::span<const CaseSummary> cases)
{
    std::vector<hdf5::Column> columns;
    for (const SummaryField& field : summary_fields()) {
        if (field.stored != Stored::no) {
            columns.push_back({std::string(field.name), std::string(field.unit), column_of(field, cases)});
        }
    }
    hdf5::write_table(file, summary_path, columns, "one row a case; a number that is absent is NaN");
    write_headers(file, cases);
}

std::vector<CaseSummary> read_summary(hid_t file)
{
    const hdf5::Table table(file, summary_path);
    std::vector<int> ids;
    std::ranges::transform(table.column<std::int64_t>("id"), std::back_inserter(ids), narrow);
    auto headers = read_headers(file, ids);
    std::vector<CaseSummary> cases(table.rows());
    for (std::size_t i = 0; i < cases.size(); ++i) {
        cases[i].header = std::move(headers[i]);
    }
    for (const SummaryField& field : summary_fields()) {
        if (field.stored == Stored::always || table.has(std::string(field.name))) {
            std::visit([&](auto member) { read_column(table, field, member, cases); }, field.member);
        }
    }
    if (!table.has("launches")) {
        for (CaseSummary& row : cases) {
            row.launches = row.rounds > 0 ? 1 : 0;
        }
    }
    return cases;
}

namespace {

Columns<ScalingRow> scaling_columns(std::span<const ScalingRow> rows)
{
    using Row = ScalingRow;
    using Number = std::optional<double>;
    Columns<Row> columns(rows);
    columns.add("metric", no_unit, [](const Row& row) { return info(row.metric).name; });
    columns.add("case_id", "1", [](const Row& row) { return row.case_id; });
    columns.add("base_case_id", "1", [](const Row& row) { return row.base_case_id; });
    columns.add("pattern", no_unit, [](const Row& row) { return row.pattern; });
    columns.add("bytes", "B", [](const Row& row) { return row.bytes; });
    columns.add("ranks", "1", [](const Row& row) { return row.ranks; });
    columns.add("base_ranks", "1", [](const Row& row) { return row.base_ranks; });
    columns.add("base_value", "see base_unit", [](const Row& row) { return row.base_value; });
    columns.add("base_unit", no_unit, [](const Row& row) { return row.base_unit; });
    columns.add("held_fixed", no_unit, [](const Row& row) { return row.held_fixed; });
    columns.add("efficiency", "1", [](const Row& row) { return row.efficiency; });
    columns.add("ci_low", "1", [](const Row& row) { return row.interval ? Number(row.interval->low) : Number(); });
    columns.add("ci_high", "1", [](const Row& row) { return row.interval ? Number(row.interval->high) : Number(); });
    columns.add("speedup", "1", [](const Row& row) { return row.speedup; });
    columns.add("across_fabrics", "1", [](const Row& row) { return row.across_fabrics ? 1U : 0U; });
    return columns;
}

}  // namespace

void write_scaling(hdf5::Contents& file, std::span<const ScalingRow> rows)
{
    scaling_columns(rows).write(file, scaling_path,
                                "scaling efficiencies against their base; a number that is absent is NaN");
}

std::vector<Contradiction> compare_summary(hid_t file, const std::map<int, CaseSummary>& recomputed)
{
    const hdf5::Table table(file, summary_path);
    const auto ids = table.column<std::int64_t>("id");
    std::vector<CaseSummary> rows;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (const auto found = recomputed.find(narrow(ids[i])); found != recomputed.end()) {
            rows.push_back(found->second);
            places.push_back(i);
        }
    }
    std::vector<Contradiction> found;
    for (const SummaryField& field : summary_fields()) {
        if (field.stored == Stored::no || !table.has(std::string(field.name))) {
            continue;
        }
        compare_column(
            table, {std::string(field.name), "", column_of(field, rows)}, places,
            [&](std::size_t i) { return fmt::format("case {}", ids[i]); }, found);
    }
    return found;
}

std::vector<Contradiction> compare_scaling(hid_t file, std::span<const ScalingRow> rows)
{
    return compare_table(file, scaling_path, scaling_columns(rows).columns());
}

}  // namespace plumbline::layout
