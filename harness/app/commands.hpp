// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/options.hpp"

#include <functional>

namespace plumbline::app {

/// Each carries out one command and returns the exit status of the contract. Results go to stdout. They throw
/// ConfigError for wrong input and StoreError for a file that can't be written.
int diagnose_command(const DiagnoseOptions& options);
int admit_command(const AdmitOptions& options);
int run_command(const RunOptions& options, const std::function<bool()>& interrupted);
int doctor_command(const DoctorOptions& options, const std::function<bool()>& interrupted);
/// `seen_signal`: a signal to pass on, once; 0 for none.
int launch_command(const LaunchOptions& options, const std::function<int()>& seen_signal);
/// `seen_signal`: as above; the first one pauses the soak.
int endure_command(const EndureOptions& options, const std::function<int()>& seen_signal);
int check_command(const CheckOptions& options);
int show_command(const ShowOptions& options);
int verify_command(const VerifyOptions& options);
int sign_command(const SignOptions& options);
int anonymise_command(const AnonymiseOptions& options);
int report_command(const ReportOptions& options);
int compare_command(const CompareOptions& options);
int import_command(const ImportOptions& options);
int history_command(const HistoryOptions& options);
int project_command(const ProjectOptions& options);
int published_command(const PublishedOptions& options);
int validate_command(const ValidateOptions& options);
int list_command(const ListOptions& options);
int bounds_command(const BoundsOptions& options);

}  // namespace plumbline::app
