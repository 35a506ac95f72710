// SPDX-License-Identifier: Apache-2.0
#include "harness/app/endure/node_diagnosis.hpp"

#include "collectives/util/error.hpp"
#include "harness/app/run/diagnose_file.hpp"
#include "harness/endure/job_process.hpp"
#include "harness/util/timing.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <system_error>
#include <thread>

namespace plumbline::app {

namespace {

/// Whether it is about one node, or a rank of it: a link has two ends, and a boundary many.
bool is_of_one_node(const SlowComponent& found)
{
    const bool kind = found.kind == ComponentKind::node || found.kind == ComponentKind::direction ||
                      found.kind == ComponentKind::rank;
    return kind && found.members.size() == 1;
}

std::string host_of_component(const RunMetadata& info, const SlowComponent& found)
{
    auto node = static_cast<std::size_t>(found.members.front());
    if (found.of_ranks) {
        node = node < info.places.size() ? static_cast<std::size_t>(info.places[node].node) : info.hosts.size();
    }
    return node < info.hosts.size() ? info.hosts[node] : "";
}

}  // namespace

BlamedHost blamed_by(const std::filesystem::path& run_file)
{
    const RunFile file(run_file);
    DiagnoseRules rules;
    rules.confidence = file.info().confidence;
    const FileDiagnosis diagnosis = diagnose_file(file, rules);
    BlamedHost blamed;
    double slowest = 1;
    for (const CaseDiagnosis& row : diagnosis.links) {
        for (const SlowComponent& found : row.diagnosis.findings) {
            const std::string host = is_of_one_node(found) ? host_of_component(file.info(), found) : "";
            if (!host.empty() && found.slowdown > slowest) {
                slowest = found.slowdown;
                blamed = {.host = host,
                          .why = fmt::format("{} is {:.2f} times slower", found.name.english(), found.slowdown)};
            }
        }
    }
    return blamed;
}

std::vector<std::string> survey_arguments(const std::string& scenario, const std::vector<std::string>& overrides,
                                          double within_s, const std::string& run_file)
{
    constexpr double share = 0.3;  // the rest brings ranks up, tries what was suspected again and writes the file
    constexpr double least_silence_s = 5;
    std::vector<std::string> words{"run", scenario};
    for (const std::string& one : overrides) {
        words.insert(words.end(), {"--set", one});
    }
    words.insert(words.end(), {"--set", "cases=[{pattern: links, bytes: 1MiB, compute: 1ms, scale: {ranks: all}}]",
                               "--set", fmt::format("stop={{max_seconds: {:.3g}}}", share * within_s), "--exit-status",
                               "ran", "--progress", "none", "--quiet", "--lang", "en", "--hang-after",
                               fmt::format("{:.3g}s", std::max(within_s, least_silence_s)), "-o", run_file});
    return words;
}

BlamedHost survey_nodes(const NodeSurvey& survey, const std::function<void(const std::string&)>& heard)
{
    std::error_code ignored;
    std::filesystem::remove_all(survey.run_file.parent_path(), ignored);
    std::filesystem::create_directories(survey.run_file.parent_path(), ignored);
    constexpr double patience_s = 5;
    const double until = steady_now_s() + survey.within_s;
    std::optional<endure::Symptom> said;
    {
        endure::JobProcess job(survey.words, {});
        const auto listen = [&] {
            for (const std::string& line : job.read_lines()) {
                heard(line);
                const auto symptom = endure::symptom_in(line);
                if (symptom && !symptom->host.empty() && !said) {
                    said = symptom;
                }
            }
        };
        while (!job.status() && steady_now_s() < until && !survey.is_called_off()) {
            listen();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        listen();
        job.end(patience_s);
        listen();
    }
    if (said) {
        return {.host = said->host, .why = said->what};
    }
    try {
        return std::filesystem::exists(survey.run_file, ignored) ? blamed_by(survey.run_file) : BlamedHost{};
    } catch (const ConfigError& error) {
        heard(fmt::format("plumbline: {}", error.what()));
        return {};
    }
}

}  // namespace plumbline::app
