// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/history/run_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

/// Made-up histories of nightly runs.
namespace plumbline::test {

/// Nightly runs of one case; `medians` in seconds, intervals of 1 %.
inline RunIndex nights(const std::vector<double>& medians, const std::string& where = "h0")
{
    RunIndex index;
    for (std::size_t i = 0; i < medians.size(); ++i) {
        IndexedRun run;
        run.file = fmt::format("night{}.h5", i);
        run.started_unix_s = 1767225600.0 + 86400.0 * static_cast<double>(i);  // from 2026-01-01
        run.where = where;
        run.cases = {{"allreduce 8 B", medians[i], medians[i] * 0.99, medians[i] * 1.01}};
        index.runs.push_back(run);
    }
    return index;
}

/// `count` nights around `center`, 0.5 % up and down.
inline std::vector<double> around(double center, std::size_t count)
{
    std::vector<double> medians;
    for (std::size_t i = 0; i < count; ++i) {
        medians.push_back(center * (i % 2 == 0 ? 1.005 : 0.995));
    }
    return medians;
}

inline std::vector<double> joined(std::vector<double> a, const std::vector<double>& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// Twenty nights at 1 ms, ten at `then` and ten at `last`, in ms: changes on 2026-01-21 and 2026-01-31.
inline RunIndex two_changes(double then, double last)
{
    return nights(joined(joined(around(1e-3, 20), around(then * 1e-3, 10)), around(last * 1e-3, 10)));
}

/// Leaves a case out of the runs from `first` to before `end`.
inline void leave_out(RunIndex& index, const std::string& key, std::size_t first, std::size_t end,
                      const std::string& why)
{
    for (std::size_t i = first; i < end; ++i) {
        std::erase_if(index.runs[i].cases, [&](const IndexedCase& c) { return c.key == key; });
        if (!why.empty()) {
            index.runs[i].gaps.push_back({key, why});
        }
    }
}

/// Ten nights of two cases; "other" is measured in the first seven.
inline RunIndex one_goes_missing(const std::string& why = "")
{
    RunIndex index = nights(around(1e-3, 10));
    for (IndexedRun& run : index.runs) {
        run.cases.push_back({"other", 2e-3, 2e-3, 2e-3});
    }
    leave_out(index, "other", 7, 10, why);
    return index;
}

}  // namespace plumbline::test
