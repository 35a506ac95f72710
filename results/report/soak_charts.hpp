// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/soak.hpp"
#include "results/report/texts.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace plumbline::report {

/// A text of the page of a soak; `key` as in soak_charts.cpp. Throws std::logic_error for none.
std::string_view soak_text(std::string_view key, Language language);

/// Pictures of a soak as SVG elements whose colours are the page's. Each is "" where there is nothing to draw. Pure.
/// The strip: a cell an hour, a row a day (a cell a minute and more where the soak is shorter than two days), green
/// where nothing interrupted, yellow and red by the share in which steps were made; events are the cell's title.
std::string strip_chart(const Soak& soak, Language language);
/// A bar a recovery, its phases on top of each other; the last `most` of them.
std::string time_line_chart(const Soak& soak, Language language, std::size_t most = 60);
/// How many recoveries took at most so long, and the target.
std::string recovery_chart(const Soak& soak, std::optional<double> bound_s, Language language);
/// ETTR by day (by hour where it is shorter than two days).
std::string effective_time_chart(const Soak& soak, Language language);
/// Bus bandwidth of each collective's sweeps against the first one, with change points.
std::string bandwidth_chart(const Soak& soak, Language language);

}  // namespace plumbline::report
