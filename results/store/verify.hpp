// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/layout/contradiction.hpp"
#include "results/records/run_data.hpp"
#include "results/records/scaling_row.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace plumbline {

/// What a run file was held against.
struct VerifiedRun {
    int schema = 0;
    bool complete = true;
    std::size_t cases = 0;
    std::size_t samples = 0;  ///< timed ones, of all cases
    std::size_t rounds = 0;
    std::size_t objects = 0;       ///< whose hash was compared; 0 in schema 1, which has none
    std::size_t scaling_rows = 0;  ///< recomputed
    std::string content_sha256;    ///< as the file says; empty where it doesn't
    std::vector<Contradiction> contradictions;
    bool holds() const { return contradictions.empty(); }
};

/// Reads every dataset of the file, and of its parts while it is unfinished: checksums, the manifest, and each row of
/// the summary and of the scaling table from the samples. `scaling` makes the rows of /scaling, as in WriterOptions.
/// Throws ConfigError for what is no run file, or holds what none does.
VerifiedRun verify_run(const std::filesystem::path& path,
                       const std::function<std::vector<ScalingRow>(const RunData&)>& scaling);

}  // namespace plumbline
