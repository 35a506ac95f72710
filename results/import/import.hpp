#pragma once

#include "results/records/case_header.hpp"
#include "results/records/run_metadata.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Whose log it is. rccl-tests writes as nccl-tests does.
enum class LogFormat : std::uint8_t { nccl_tests, osu, imb, hccl_test };
std::string_view name(LogFormat format);
std::optional<LogFormat> parse_log_format(std::string_view text);  ///< also "rccl-tests"

/// What a log may not say.
struct ImportHints {
    std::string pattern;       ///< "" = the log says it
    std::optional<int> ranks;  ///< of the operation
    std::optional<int> nodes;
};

/// A log as a run without samples: each case has what was reported of it (CaseHeader::reported) or why it has nothing.
struct ImportedLog {
    RunMetadata info;
    std::vector<CaseHeader> cases;
};

/// Lines that are not of the suite's tables are passed over; a table's line that can't be read becomes a warning of the
/// run. Throws ConfigError when there is no result in it, or when pattern or ranks can't be known. Pure.
ImportedLog import_log(LogFormat format, std::string_view text, const ImportHints& hints);

}  // namespace plumbline
