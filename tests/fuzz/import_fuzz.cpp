// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to the readers of other suites' logs: whatever they are, each either reads them or throws ConfigError.
// The first byte chooses the format and whether the hints are given.

#include "collectives/util/error.hpp"
#include "results/import/import.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

/// What must hold of any log that was read.
void check(const plumbline::ImportedLog& log)
{
    int id = 0;
    for (const plumbline::CaseHeader& header : log.cases) {
        const bool numbered = header.id == id++;
        const bool timed =
            header.status == plumbline::CaseStatus::measured && header.reported && header.reported->time_s > 0;
        const bool failed = header.status == plumbline::CaseStatus::failed && !header.reported && !header.why.empty();
        if (!numbered || (!timed && !failed) || header.what.ranks < 1 || header.what.nodes < 1) {
            std::abort();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    const auto format = static_cast<plumbline::LogFormat>(data[0] & 3U);
    plumbline::ImportHints hints;
    if ((data[0] & 4U) != 0) {
        hints.pattern = "allreduce";
        hints.ranks = 8;
    }
    try {
        check(plumbline::import_log(format, {reinterpret_cast<const char*>(data) + 1, size - 1}, hints));
    } catch (const plumbline::ConfigError&) {
        return 0;
    }
    return 0;
}
