// SPDX-License-Identifier: Apache-2.0
#include "harness/app/nights/tell_change.hpp"

#include "collectives/util/error.hpp"
#include "results/files/read_text.hpp"
#include "results/files/temporary_file.hpp"
#include "results/history/trend_story.hpp"
#include "results/report/history_output.hpp"
#include "results/util/sha256.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX has no header that must declare it

namespace plumbline::app {
namespace {

namespace fs = std::filesystem;

fs::path told_path(const fs::path& folder)
{
    return folder / ".plumbline-told.json";
}

/// The identity of the news that were told last; "" where there are none that can be read.
std::string told_last(const fs::path& folder)
{
    constexpr std::uintmax_t most_bytes = std::uintmax_t{16} << 20U;
    constexpr std::string_view key = "\"identity\": \"";
    try {
        const std::string text = files::read_text(told_path(folder), most_bytes, "");
        const std::size_t begin = text.find(key);
        const std::size_t from = begin + key.size();
        return begin == std::string::npos ? "" : text.substr(from, text.find('"', from) - from);
    } catch (const ConfigError&) {
        return "";
    }
}

/// Inside the quotes of a configuration of curl.
std::string in_curl_quotes(std::string_view raw)
{
    std::string safe;
    for (const char c : raw) {
        safe += c == '\\' || c == '"' ? "\\" : "";
        safe += c;
    }
    return safe;
}

/// Runs a program to its end with `input` as its stdin and its stdout on stderr. Its status, or errno as a negative
/// one.
int run_program(const std::vector<std::string>& words, const std::vector<std::string>& more_environment,
                const fs::path& input)
{
    std::vector<char*> arguments;
    for (const std::string& word : words) {
        arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT: posix_spawn changes none
    }
    arguments.push_back(nullptr);
    std::vector<char*> environment;
    for (const std::string& row : more_environment) {
        environment.push_back(const_cast<char*>(row.c_str()));  // NOLINT
    }
    for (char** row = environ; *row != nullptr; ++row) {
        environment.push_back(*row);
    }
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return -error;
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// By curl, which knows proxies and certificates. The address is a secret as a rule: it reaches curl by its stdin, not
/// in the list of processes.
int post(const std::string& address, const fs::path& folder, const fs::path& json)
{
    const files::TemporaryFile configuration(folder / ".plumbline-webhook");
    ::fchmod(configuration.descriptor(), S_IRUSR | S_IWUSR);
    configuration.write(
        fmt::format("url = \"{}\"\ndata-binary = \"@{}\"\n", in_curl_quotes(address), in_curl_quotes(json.string())));
    return run_program({"curl", "--silent", "--show-error", "--fail", "--max-time", "30", "--output", "/dev/null",
                        "--header", "Content-Type: application/json", "--config", "-"},
                       {}, configuration.path());
}

/// Whether it ended well; says so on stderr where it didn't.
bool told(const Sentence& option, int status, Language language)
{
    if (status == 0) {
        return true;
    }
    const Sentence why =
        status < 0 ? say("it can't be started: {}", Sentence(std::strerror(-status))) : say("status {}", status);
    std::cerr << "plumbline: "
              << in(language, say("{} failed ({}): what changed is told again the next time", option, why)) << '\n';
    return false;
}

}  // namespace

News news_of(const std::filesystem::path& folder, const RunIndex& index, const Trends& trends,
             const std::optional<Night>& night, Language language)
{
    News news;
    news.verdict = night ? std::string(verdict_name(*night)) : std::string(name(trends.verdict));
    const double now = index.runs.empty() ? 0 : index.runs.back().started_unix_s;
    std::string open;
    Sentence worst_one;
    std::size_t others = 0;
    for (const TrendEvent& event : trends.events) {
        if (event.kind == TrendKind::slower || event.kind == TrendKind::drop || event.kind == TrendKind::missing) {
            // A drop that is confirmed, or becomes a change point, is no news.
            const bool gone = event.kind == TrendKind::missing;
            open += fmt::format("{}\n{}\n{}\n{}\n", gone ? "missing" : "slower", event.key, event.where, event.day);
            others += worst_one.empty() ? 0U : 1U;
            worst_one = worst_one.empty() ? say("{} {}", Sentence(event.key), story_of(event, now)) : worst_one;
        }
    }
    std::string contract;
    if (night) {
        contract = contract_said(*night).english();
    }
    // All that is well is the same, whatever was judged.
    news.good = open.empty() && (news.verdict == "PASS" || news.verdict == "NONE");
    news.identity = report::sha256(news.good ? "good" : news.verdict + "\n" + contract + "\n" + open);
    const Sentence verdict = night ? say("{} ({})", word(news.verdict), reason_said(*night)) : word(news.verdict);
    Sentence summary =
        say("plumbline {}: {}", fs::absolute(folder / ".").lexically_normal().parent_path().string(), verdict);
    if (!worst_one.empty()) {
        summary = say("{}; {}", summary, others > 0 ? say("{}, and {} more", worst_one, others) : worst_one);
    }
    news.summary = text::printable(in(language, summary));
    news.json = told_json(news.summary, news.identity, index, trends, night);
    return news;
}

bool tell_change(const std::filesystem::path& folder, const News& news, const Listeners& listeners)
{
    const std::string last = told_last(folder);
    if (last == news.identity || (listeners.command.empty() && listeners.webhook.empty())) {
        return true;
    }
    try {
        files::TemporaryFile file(told_path(folder));
        file.write(news.json);
        bool all = true;
        if (!last.empty() || !news.good) {
            const std::vector<std::string> environment{"PLUMBLINE_VERDICT=" + news.verdict,
                                                       "PLUMBLINE_SUMMARY=" + news.summary,
                                                       "PLUMBLINE_FOLDER=" + fs::absolute(folder).string()};
            if (!listeners.command.empty()) {
                all = told("--on-change", run_program({"/bin/sh", "-c", listeners.command}, environment, file.path()),
                           listeners.language);
            }
            if (!listeners.webhook.empty()) {
                all = told(say("--webhook (by curl)"), post(listeners.webhook, folder, file.path()),
                           listeners.language) &&
                      all;
            }
        }
        if (all) {
            file.take_place();
        }
        return all;
    } catch (const std::system_error& failure) {
        std::cerr << "plumbline: "
                  << in(listeners.language, say("what was told can't be kept in '{}' ({})", folder.string(),
                                                Sentence(failure.code().message())))
                  << '\n';
        return false;
    }
}

void check_webhook(const std::string& address)
{
    const bool plain = std::ranges::none_of(address, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
    if (!address.empty() && (!plain || (!address.starts_with("https://") && !address.starts_with("http://")))) {
        throw ConfigError(say(
            "--webhook '{}' is no address (one begins with https:// or http:// and has no blanks). Write for example "
            "https://chat.example.com/hooks/KEY",
            address));
    }
}

}  // namespace plumbline::app
