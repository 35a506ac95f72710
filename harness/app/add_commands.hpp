// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/options.hpp"

namespace CLI {
class App;
}

namespace plumbline::app {

/// Each declares one command to CLI11, with its options in the order and the groups of its help. `options` is what
/// parsing writes to: it outlives `app`.
CLI::App* add_run(CLI::App& app, RunOptions& options);
CLI::App* add_endure(CLI::App& app, EndureOptions& options);
CLI::App* add_doctor(CLI::App& app, DoctorOptions& options);
CLI::App* add_launch(CLI::App& app, LaunchOptions& options);
CLI::App* add_validate(CLI::App& app, ValidateOptions& options);
CLI::App* add_list(CLI::App& app, ListOptions& options);
CLI::App* add_check(CLI::App& app, CheckOptions& options);
CLI::App* add_show(CLI::App& app, ShowOptions& options);
CLI::App* add_report(CLI::App& app, ReportOptions& options);
CLI::App* add_diagnose(CLI::App& app, DiagnoseOptions& options);
CLI::App* add_admit(CLI::App& app, AdmitOptions& options);
CLI::App* add_compare(CLI::App& app, CompareOptions& options);
CLI::App* add_history(CLI::App& app, HistoryOptions& options);
CLI::App* add_verify(CLI::App& app, VerifyOptions& options);
CLI::App* add_sign(CLI::App& app, SignOptions& options);
CLI::App* add_anonymise(CLI::App& app, AnonymiseOptions& options);
CLI::App* add_project(CLI::App& app, ProjectOptions& options);
CLI::App* add_published(CLI::App& app, PublishedOptions& options);
CLI::App* add_bounds(CLI::App& app, BoundsOptions& options);
CLI::App* add_import(CLI::App& app, ImportOptions& options);

}  // namespace plumbline::app
