// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/run_metadata.hpp"
#include "results/store/store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace plumbline::app {

/// What happens to a run file that is there already.
enum class ExistingFile : std::uint8_t {
    refuse,
    overwrite,
    resume,  ///< an interrupted launch is continued
    append,  ///< a complete file takes another launch; there must be one
};

/// As in WriterOptions.
struct RunFileListener {
    std::function<void(const std::string&)> notice;
    std::function<void()> went_on;
};

/// Opens the file at `path` for the run `info`, on the rank that writes. Throws ConfigError where the file may not be
/// replaced, is of another run, or is being written by another process.
std::unique_ptr<RunWriter> open_run_file(const std::string& path, const RunMetadata& info, ExistingFile existing,
                                         const RunFileListener& listener);

/// A line for people for each round that was dropped, of the first few; `first_of_launch`: index of this launch's first
/// round, before which nothing is measured again.
std::vector<std::string> describe_dropped(const DroppedRounds& dropped, int first_of_launch);

}  // namespace plumbline::app
