// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"
#include "results/records/round.hpp"
#include "results/records/run_metadata.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// The suite that wrote a log. rccl-tests uses the format of nccl-tests; `table` is plumbline's own, as CSV or JSON.
enum class LogFormat : std::uint8_t { nccl_tests, osu, imb, hccl_test, perftest, all_reduce_bench, table };
/// Each format once, in the order of the enumerators.
std::span<const LogFormat> all_log_formats();
std::string_view name(LogFormat format);
std::optional<LogFormat> parse_log_format(std::string_view text);  ///< also "rccl-tests"
/// What `--from` takes: the names, and "rccl-tests".
std::vector<std::string_view> log_format_words();

/// A test of a suite, and what becomes of it.
struct SuiteTest {
    std::string name;          ///< as the suite calls it
    std::string_view pattern;  ///< empty: it is left out, with a warning that names it
    std::string note;          ///< how it is told apart, what is converted; why it is left out
};
/// What is known of a suite, for its documentation: made of the tables that its importer reads by. Pure.
std::vector<SuiteTest> suite_tests(LogFormat format);

/// What the user states because the log may not say it.
struct ImportHints {
    std::string pattern;       ///< "" = the log says it
    std::optional<int> ranks;  ///< that take part in the operation
    std::optional<int> nodes;
};

/// A log as a run. A measured case has either its reported values (CaseHeader::reported) or, where the log has single
/// executions, a round of samples.
struct ImportedLog {
    RunMetadata info;
    std::vector<CaseHeader> cases;
    std::vector<Round> rounds;  ///< [case]; without samples but for logs of single executions
};

/// Skips lines that are not of the suite's tables; a table line that can't be read becomes a warning of the run. Throws
/// ConfigError where the log has no result, or where pattern or ranks are unknown. Pure.
ImportedLog import_log(LogFormat format, std::string_view text, const ImportHints& hints);

}  // namespace plumbline
