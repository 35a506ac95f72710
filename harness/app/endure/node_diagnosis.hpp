// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/endure/launcher_words.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace plumbline::app {

/// A host that is to blame, and why.
struct BlamedHost {
    std::string host;  ///< "": nobody is
    std::string why;   ///< one sentence
    bool operator==(const BlamedHost&) const = default;
};

/// What a run file with a survey of links says of nodes: the host of the slowest node, direction or compute that it
/// names; the host is "" where it names none of these. Throws ConfigError for a file that can't be read.
BlamedHost blamed_by(const std::filesystem::path& run_file);

/// What a job's hosts are measured with, between two launches.
struct NodeSurvey {
    std::vector<std::string> words;              ///< of the whole launch; it writes `run_file`
    std::filesystem::path run_file;              ///< its folder is the survey's own: emptied before
    double within_s = 60;                        ///< then it is ended, and what was said and stored by then counts
    const std::function<bool()>& is_called_off;  ///< looked at all the time
};

/// The arguments of plumbline for it: every pair of the scenario's ranks, for a part of `within_s`.
std::vector<std::string> survey_arguments(const std::string& scenario, const std::vector<std::string>& overrides,
                                          double within_s, const std::string& run_file);

/// Launches it and waits: whom its file names, or whom the launcher or a rank does where it doesn't come to its end.
/// Nobody where it can't be had. `heard` gets each line of its output.
BlamedHost survey_nodes(const NodeSurvey& survey, const std::function<void(const std::string&)>& heard);

}  // namespace plumbline::app
