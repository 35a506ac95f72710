// SPDX-License-Identifier: Apache-2.0
#include "harness/app/admit/admit.hpp"

#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "harness/endure/job_process.hpp"
#include "results/files/temporary_folder.hpp"
#include "results/store/store.hpp"
#include "results/util/host_names.hpp"

#include <fmt/format.h>

#include <stdlib.h>
#include <sys/wait.h>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

namespace plumbline::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_words = 5;

std::set<std::string> hosts_of(const std::string& text, std::string_view option)
{
    const auto names = expand_host_names(text);
    if (!names) {
        throw ConfigError(
            say("{} '{}' is no list of nodes (names with commas, numbers in brackets). Write for "
                "example node[01-08],node12",
                option, text));
    }
    return {names->begin(), names->end()};
}

/// Runs the scenario `admission` to its end, or to that of its time.
void measure(const AdmitRequest& request, const std::string& file)
{
    if (!endure::found_program(request.launcher.front())) {
        throw ConfigError(say("the launcher '{}' isn't found (not on the PATH, or not a program). Name it after --",
                              request.launcher.front()));
    }
    std::vector<std::string> words = request.launcher;
    for (const char* const word : {"run", "admission", "--progress", "none", "--exit-status", "ran"}) {
        if (words.size() == request.launcher.size()) {
            words.push_back(request.program);
        }
        words.emplace_back(word);
    }
    words.insert(words.end(), {"-o", file});
    if (request.within_s > 0) {
        // Half of the time measures; the rest brings the ranks up and writes the file.
        words.insert(words.end(), {"--set", fmt::format("stop.max_seconds={:.3g}", request.within_s / 2)});
    }
    endure::JobProcess job(words, {});
    std::vector<std::string> last;
    const auto began = std::chrono::steady_clock::now();
    std::optional<int> status;
    bool late = false;
    while (!(status = job.status())) {
        for (std::string& line : job.read_lines()) {
            last.push_back(std::move(line));
        }
        late = request.within_s > 0 &&
               std::chrono::steady_clock::now() - began > std::chrono::duration<double>(request.within_s);
        if (late) {
            job.end(2);
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    for (std::string& line : job.read_lines()) {
        last.push_back(std::move(line));
    }
    last.erase(last.begin(), last.end() - static_cast<std::ptrdiff_t>(std::min(last.size(), most_words)));
    if (late) {
        throw RunBroke{say("the launch was not done within {:g} s: a node doesn't answer, or the time is too short",
                           request.within_s),
                       last};
    }
    const int ended = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    if (ended != 0 || !fs::exists(file)) {
        throw RunBroke{say("the launch broke, status {}", ended), last};
    }
}

/// The links case of the largest messages: what joins a job moves much, and across leaves short messages differ.
std::optional<CaseHeader> case_to_judge(const RunFile& file)
{
    std::optional<CaseHeader> found;
    for (const CaseSummary& row : file.cases()) {
        const CaseIdentity& what = row.header.what;
        if (pattern_info(what.pattern).probe == NetworkProbe::links && row.header.status == CaseStatus::measured &&
            (!found || std::pair(what.ranks, what.bytes) > std::pair(found->what.ranks, found->what.bytes))) {
            found = row.header;
        }
    }
    return found;
}

AdmissionOutput judged(const AdmitRequest& request, const std::string& path, const std::set<std::string>& good,
                       const std::set<std::string>& candidates)
{
    const RunFile file(path);
    const auto header = case_to_judge(file);
    if (!header) {
        throw ConfigError(
            say("{}: nobody can be admitted by it (it has no measured case of pattern links). Run "
                "the scenario admission, or links",
                path));
    }
    const std::vector<std::string>& hosts = file.info().hosts;
    for (const std::string& host : good) {
        if (std::ranges::find(hosts, host) == hosts.end()) {
            throw ConfigError(
                say("--good names '{}', which is not in {} (its nodes: {}). Name nodes as the run "
                    "does",
                    host, request.file.empty() ? "the launch" : path, fold_host_names(hosts)));
        }
    }
    if (candidates.empty() && good.size() == hosts.size()) {
        throw ConfigError(
            say("{}: there is no candidate (all of its nodes are known-good ones). Launch "
                "candidates too",
                path));
    }
    const CaseRecord record = file.load(header->id);
    std::vector<int> nodes;
    for (const int rank : record.header.world_ranks) {
        const auto place = static_cast<std::size_t>(rank);
        nodes.push_back(place < file.info().places.size() ? file.info().places[place].node : 0);
    }
    return {.report =
                admit(pairwise_samples_of(record, RankNodes(nodes)), hosts, good, candidates, {.limit = request.limit}),
            .measured = description(header->what),
            .limit = request.limit,
            .simulated = file.info().simulated};
}

}  // namespace

AdmissionOutput admitted(const AdmitRequest& request)
{
    const auto good = hosts_of(request.good, "--good");
    const auto candidates =
        request.candidates.empty() ? std::set<std::string>{} : hosts_of(request.candidates, "--candidates");
    if (good.size() < 2) {
        throw ConfigError(
            say("--good names {} node (the links between known-good nodes are what others are held against). "
                "Name two or more, better ten",
                good.size()));
    }
    for (const std::string& host : candidates) {
        if (good.contains(host)) {
            throw ConfigError(
                say("'{}' is a candidate and known-good at once (it can't judge itself). Name it "
                    "once",
                    host));
        }
    }
    if (request.launcher.empty()) {
        return judged(request, request.file, good, candidates);
    }
    if (!request.file.empty()) {
        if (fs::exists(request.file)) {
            throw ConfigError(say("'{}' is there already (it isn't overwritten). Choose another -o", request.file));
        }
        measure(request, fs::absolute(request.file).string());
        return judged(request, request.file, good, candidates);
    }
    const files::TemporaryFolder scratch("admit", say("the run is kept there for a moment"));
    const std::string file = (scratch.path() / "admission.h5").string();
    measure(request, file);
    return judged(request, file, good, candidates);
}

}  // namespace plumbline::app
