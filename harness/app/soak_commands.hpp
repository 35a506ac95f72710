// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/options.hpp"
#include "results/verdicts/finding.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace plumbline::app {

/// What check, show and report do with a folder of `endure` in place of a run file; each returns the exit status. They
/// throw ConfigError.
int check_soak(const CheckOptions& options);
int show_soak(const ShowOptions& options);
int report_soak(const ReportOptions& options);

/// Judges a soak by the targets of a file, or by its own where the path is "". Cases of the scenario are judged where
/// the folder holds a run.h5 too.
Judgement judge_soak_folder(const std::filesystem::path& folder, const std::string& targets_path);

}  // namespace plumbline::app
