// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/options.hpp"
#include "results/endurance/soak.hpp"
#include "results/verdicts/finding.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace plumbline::app {

/// Writes FOLDER/soak.h5, the run file of all that the journal says by now; for who holds the folder. Throws
/// ConfigError where something else lies there, or it can't be written.
void fold_soak(const std::filesystem::path& folder);

/// The run file that `path` names: FOLDER/soak.h5 of a soak, which is brought up to date first where no supervisor is
/// left that would; else `path` itself. Throws ConfigError where a supervisor works in the folder, or the file can't be
/// written.
std::string run_file_of(const std::string& path);

/// What check, show and report do with a folder of `endure` in place of a run file; each returns the exit status. They
/// throw ConfigError.
int check_soak(const CheckOptions& options);
int show_soak(const ShowOptions& options);
int report_soak(const ReportOptions& options);

/// What show and report do with a run file that is of a soak.
int show_soak_file(const ShowOptions& options, const Soak& soak);
int report_soak_file(const ReportOptions& options, const Soak& soak, const Judgement& judgement);

/// Judges a soak by the targets of a file, or by its own where the path is "". Cases of the scenario are judged where
/// the folder holds a run.h5 too.
Judgement judge_soak_folder(const std::filesystem::path& folder, const std::string& targets_path);

}  // namespace plumbline::app
