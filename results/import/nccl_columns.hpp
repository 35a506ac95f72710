// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/import/log_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace plumbline::import {

/// Where a timing's numbers stand in a row.
struct TimingColumns {
    std::size_t time = 0;
    std::optional<std::size_t> algbw, busbw, wrong;
    bool in_place = false;
};

/// The columns of a table, from its header.
struct NcclColumns {
    std::size_t width = 0;
    std::optional<std::size_t> op, root;
    std::vector<TimingColumns> timings;
    /// Before 2.13 the last column of a timing is the largest relative error, not the number of wrong elements.
    bool errors_are_sizes = false;
    bool dated = false;     ///< two words more: date and time of the row
    double time_in_us = 1;  ///< of one unit of the times
    /// The times are those of the host's calls (-C 1), not of the operation.
    bool host_times = false;
};

/// Which of a row's timings is that in place, as the line above the titles says.
enum class InPlace : std::uint8_t { second, first, alone };

/// "#  size count type redop root time algbw busbw #wrong time ..."; columns have come and gone over the years, their
/// names have not. Nothing for a line that has no titles.
std::optional<NcclColumns> nccl_columns(const Line& line, InPlace order);

}  // namespace plumbline::import
