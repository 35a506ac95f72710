// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/bounds/bounds_table.hpp"
#include "results/records/links.hpp"
#include "results/texts/language.hpp"

#include <ostream>
#include <span>

namespace plumbline {

/// Formatting only. busbw in GB/s (1e9 bytes/s), times in seconds. `links` are those that the rows were made with.
void bounds_text(std::ostream& out, const Shape& shape, const Links& links, std::span<const BoundsRow> rows,
                 Language language);
/// {"shape": {...}, "links": {...}, "not_modelled": "...", "rows": [{"operation", "bytes", "bound_s",
/// "bound_busbw_GBps", "limited_by", "algorithms": [{"algorithm", "time_s", "busbw_GBps", "of_bound", "why"}]}]}: what
/// is not known is null; times are null where there is no size.
void bounds_json(std::ostream& out, const Shape& shape, const Links& links, std::span<const BoundsRow> rows);
/// A line an operation, size and algorithm; what is not known is empty.
void bounds_csv(std::ostream& out, std::span<const BoundsRow> rows);

}  // namespace plumbline
