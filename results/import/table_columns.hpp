// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace plumbline::import {

/// A column of plumbline's own table, or a key of its JSON.
struct TableColumn {
    std::string_view name;
    std::string_view meaning;
};

std::span<const TableColumn> csv_columns();
std::span<const TableColumn> json_columns();  ///< those of CSV, and more
std::span<const TableColumn> json_keys();     ///< beside the list of cases

}  // namespace plumbline::import
