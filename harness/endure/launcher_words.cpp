// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/launcher_words.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

namespace plumbline::endure {

namespace {

constexpr std::array<std::string_view, 6> file_options{"--hostfile",   "-hostfile", "--machinefile",
                                                       "-machinefile", "-f",        "--default-hostfile"};
constexpr std::array<std::string_view, 5> list_options{"-H", "--host", "-host", "--hosts", "-hosts"};
constexpr std::array<std::string_view, 5> count_options{"-n", "-np", "--np", "-c", "--ntasks"};

std::string program_of(const std::vector<std::string>& words)
{
    return words.empty() ? "" : std::filesystem::path(words.front()).filename().string();
}

bool is_plumbline_launch(const std::vector<std::string>& words)
{
    return words.size() >= 2 && words[1] == "launch" && program_of(words).starts_with("plumbline");
}

bool is_srun(const std::vector<std::string>& words)
{
    return program_of(words) == "srun";
}

/// Index of the value of one of these options; nothing where none is given.
template <std::size_t N>
std::optional<std::size_t> value_of(const std::vector<std::string>& words,
                                    const std::array<std::string_view, N>& options)
{
    for (std::size_t i = 1; i + 1 < words.size(); ++i) {
        if (std::ranges::find(options, words[i]) != options.end()) {
            return i + 1;
        }
    }
    return std::nullopt;
}

/// Ranks that an entry has room for: "node7 slots=8", "node7:8".
int slots_of(const std::string& entry)
{
    const std::regex slots(R"((?:slots=|:)(\d+))");
    std::smatch found;
    return std::regex_search(entry, found, slots) ? std::stoi(found[1]) : 1;
}

std::optional<int> number_of_ranks(const std::vector<std::string>& words)
{
    const auto at = value_of(words, count_options);
    int count = 0;
    if (!at || std::from_chars(words[*at].data(), words[*at].data() + words[*at].size(), count).ec != std::errc()) {
        return std::nullopt;
    }
    return count;
}

std::vector<std::string> host_lines(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        const std::string bare = line.substr(0, line.find('#'));
        if (bare.find_first_not_of(" \t\r") != std::string::npos) {
            lines.push_back(bare);
        }
    }
    return lines;
}

std::vector<std::string> listed(const std::string& text)
{
    std::vector<std::string> entries;
    std::istringstream in(text);
    for (std::string entry; std::getline(in, entry, ',');) {
        entries.push_back(entry);
    }
    return entries;
}

void check_spares(const Launcher& launcher)
{
    if (launcher.spares == 0 || launcher.source == HostSource::exclude) {
        return;
    }
    if (launcher.source == HostSource::none) {
        throw ConfigError(say(
            "--spares needs the hosts by name (the launcher's words list none). Add --hostfile FILE or -H HOST,HOST to "
            "them, the spares last"));
    }
    if (launcher.spares >= launcher.hosts.size()) {
        throw ConfigError(say("--spares {} leaves no host of {} for the ranks. Name more hosts, or fewer spares",
                              launcher.spares, launcher.hosts.size()));
    }
    const auto first_spare = launcher.hosts.end() - static_cast<std::ptrdiff_t>(launcher.spares);
    std::set<std::string> active;
    int slots = 0;
    for (auto entry = launcher.hosts.begin(); entry != first_spare; ++entry) {
        active.insert(host_of(*entry));
        slots += slots_of(*entry);
    }
    for (auto entry = first_spare; entry != launcher.hosts.end(); ++entry) {
        if (!active.insert(host_of(*entry)).second) {
            throw ConfigError(
                say("the spare {} is in use (the host is named twice). Name each host once", host_of(*entry)));
        }
    }
    if (const auto ranks = number_of_ranks(launcher.words); ranks && *ranks > slots) {
        throw ConfigError(
            say("the spares are in use ({} ranks take more than the {} slots of the other hosts). Name more hosts, or "
                "fewer spares",
                *ranks, slots));
    }
}

}  // namespace

std::string host_of(const std::string& entry)
{
    const std::size_t begin = std::min(entry.find_first_not_of(" \t"), entry.size());
    return entry.substr(begin, std::min(entry.find_first_of(": \t\r", begin), entry.size()) - begin);
}

std::optional<std::string> host_file_of(const std::vector<std::string>& words)
{
    const auto at = is_srun(words) ? std::nullopt : value_of(words, file_options);
    return at ? std::optional(words[*at]) : std::nullopt;
}

Launcher make_launcher(std::vector<std::string> words, std::size_t spares, const std::string& file_text)
{
    Launcher launcher{.words = std::move(words), .source = HostSource::none, .at = 0, .hosts = {}, .spares = spares};
    if (is_srun(launcher.words)) {
        launcher.source = HostSource::exclude;
    } else if (const auto file = value_of(launcher.words, file_options)) {
        launcher.source = HostSource::file;
        launcher.at = *file;
        launcher.hosts = host_lines(file_text);
    } else if (const auto list = value_of(launcher.words, list_options)) {
        launcher.source = HostSource::list;
        launcher.at = *list;
        launcher.hosts = listed(launcher.words[*list]);
    }
    check_spares(launcher);
    return launcher;
}

std::optional<std::vector<std::string>> hosts_without(const Launcher& launcher, const std::vector<std::string>& bad)
{
    if (launcher.source == HostSource::exclude) {
        return bad.size() <= launcher.spares ? std::optional(std::vector<std::string>{}) : std::nullopt;
    }
    const auto is_bad = [&](const std::string& entry) { return std::ranges::find(bad, host_of(entry)) != bad.end(); };
    const std::size_t active = launcher.hosts.size() - launcher.spares;
    std::size_t next = active;
    std::vector<std::string> hosts;
    for (std::size_t i = 0; i < active; ++i) {
        if (!is_bad(launcher.hosts[i])) {
            hosts.push_back(launcher.hosts[i]);
            continue;
        }
        while (next < launcher.hosts.size() && is_bad(launcher.hosts[next])) {
            ++next;
        }
        if (next == launcher.hosts.size()) {
            return std::nullopt;
        }
        hosts.push_back(launcher.hosts[next++]);
    }
    return hosts;
}

std::vector<std::string> job_words(const Launcher& launcher, const std::vector<std::string>& hosts,
                                   const std::vector<std::string>& bad, const std::string& host_file,
                                   const std::vector<std::string>& rank_words)
{
    std::vector<std::string> words = launcher.words;
    if (launcher.spares > 0 && launcher.source == HostSource::file) {
        words[launcher.at] = host_file;
    } else if (launcher.spares > 0 && launcher.source == HostSource::list) {
        words[launcher.at] = fmt::format("{}", fmt::join(hosts, ","));
    } else if (launcher.source == HostSource::exclude && !bad.empty()) {
        words.insert(words.begin() + 1, fmt::format("--exclude={}", fmt::join(bad, ",")));
    }
    auto first = rank_words.begin();
    if (is_plumbline_launch(words)) {
        words.emplace_back("--");
        ++first;  // it knows the program
    }
    words.insert(words.end(), first, rank_words.end());
    return words;
}

namespace {

/// What launchers say of a host that doesn't answer, or of a task on it.
std::optional<Symptom> symptom_of_host(const std::string& line)
{
    static const std::regex killed_task(
        R"(srun: error: ([^: ]+): tasks? (\d+)[^:]*: (Killed|Terminated|Aborted|Segmentation fault))");
    static const std::array<std::regex, 4> silent_hosts{std::regex(R"(no ranks came up on (\S+) \(.*)"),
                                                        std::regex(R"(ssh: connect to host (\S+) port .*)"),
                                                        std::regex(R"(ssh: Could not resolve hostname ([^: ]+).*)"),
                                                        std::regex(R"(srun: error: Node failure on (\S+))")};
    std::smatch found;
    if (std::regex_search(line, found, killed_task)) {
        return Symptom{.cause = Cause::rank_died,
                       .what = fmt::format("rank {} ({}) ended: {}", found[2].str(), found[1].str(), found[3].str()),
                       .rank = std::stoi(found[2]),
                       .host = found[1]};
    }
    for (const std::regex& silent : silent_hosts) {
        if (std::regex_search(line, found, silent)) {
            return Symptom{.cause = Cause::no_start, .what = found[0], .rank = {}, .host = found[1]};
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Symptom> symptom_in(const std::string& line)
{
    static const std::regex of_rank(R"(plumbline: (rank (\d+)(?: of \d+ on ([^ :,]+)| \(([^)]*)\))?(.*)))");
    static const std::regex mpirun(R"(process rank (\d+) with PID \d+ on node (\S+) exited on signal (\d+))");
    static const std::regex of_all(R"(plumbline: (every rank .* none makes progress .*))");
    std::smatch found;
    if (std::regex_search(line, found, of_rank)) {
        static const std::regex hangs(
            R"(^(, rank.*)? (has been silent|have been silent|has made no|has not|have not|have made no))");
        static const std::regex dies(R"(^(, rank.*)? died)");
        const std::string rest = found[5];
        return Symptom{.cause = std::regex_search(rest, dies)    ? Cause::rank_died
                                : std::regex_search(rest, hangs) ? Cause::hang
                                                                 : Cause::job_ended,
                       .what = found[1],
                       .rank = std::stoi(found[2]),
                       .host = found[3].matched ? found[3] : found[4]};
    }
    if (std::regex_search(line, found, mpirun)) {
        return Symptom{
            .cause = Cause::rank_died,
            .what = fmt::format("rank {} ({}) ended by signal {}", found[1].str(), found[2].str(), found[3].str()),
            .rank = std::stoi(found[1]),
            .host = found[2]};
    }
    if (std::regex_search(line, found, of_all)) {
        return Symptom{.cause = Cause::hang, .what = found[1]};
    }
    if (auto symptom = symptom_of_host(line)) {
        return symptom;
    }
    constexpr std::string_view mark = "plumbline: ";
    if (const std::size_t at = line.find(mark); at != std::string::npos && line.find("warning:") == std::string::npos) {
        return Symptom{.cause = Cause::job_ended, .what = line.substr(at + mark.size())};
    }
    return std::nullopt;
}

}  // namespace plumbline::endure
