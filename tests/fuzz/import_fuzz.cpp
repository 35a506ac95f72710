// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to the readers of other suites' logs: whatever they are, each either reads them or throws ConfigError.
// The low half of the first byte chooses the suite, by its position in all_log_formats(); its bit 0x40 gives hints as
// well. PLUMBLINE_FUZZ_SUITE=imb gives every input to that suite.

#include "collectives/util/error.hpp"
#include "results/import/import.hpp"
#include "results/store/plausibility.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace {

/// What must hold of any log that was read, also that a run file of it can be read: these throw what is no ConfigError.
void check(const plumbline::ImportedLog& log)
{
    plumbline::layout::check_run(log.info);
    if (log.rounds.size() != log.cases.size()) {
        std::abort();
    }
    for (std::size_t i = 0; i < log.cases.size(); ++i) {
        const plumbline::CaseHeader& header = log.cases[i];
        const plumbline::SampleMatrix& seconds = log.rounds[i].seconds;
        const bool measured = header.status == plumbline::CaseStatus::measured;
        const bool sampled = seconds.samples > 0;
        const bool timed = measured && !sampled && header.reported && header.reported->time_s > 0;
        const bool taken = measured && sampled && !header.reported &&
                           seconds.ranks == static_cast<std::size_t>(header.what.ranks) &&
                           seconds.values.size() == seconds.samples * seconds.ranks;
        const bool failed =
            header.status == plumbline::CaseStatus::failed && !sampled && !header.reported && !header.why.empty();
        const bool numbered = header.id == static_cast<int>(i);
        if (taken) {
            plumbline::layout::check_round(log.info, header, log.rounds[i]);
        }
        if (!numbered || (!timed && !taken && !failed) || header.what.ranks < 1 || header.what.nodes < 1) {
            std::abort();
        }
    }
}

std::optional<plumbline::LogFormat> suite_of_environment()
{
    const char* const suite = std::getenv("PLUMBLINE_FUZZ_SUITE");
    if (suite == nullptr) {
        return std::nullopt;
    }
    const auto format = plumbline::parse_log_format(suite);
    if (!format) {
        std::abort();
    }
    return format;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const std::optional<plumbline::LogFormat> only = suite_of_environment();
    if (size == 0) {
        return 0;
    }
    const auto formats = plumbline::all_log_formats();
    const plumbline::LogFormat format = only.value_or(formats[(data[0] & 0x0FU) % formats.size()]);
    plumbline::ImportHints hints;
    if ((data[0] & 0x40U) != 0) {
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
