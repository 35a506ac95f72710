// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/tcp_launch.hpp"

#include "collectives/backends/control/control_backend.hpp"
#include "collectives/backends/host/host_clock.hpp"
#include "collectives/control/session.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"

#include <unistd.h>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

namespace plumbline::app {

namespace {

class TcpSession final : public LaunchSession {
public:
    explicit TcpSession(const control::JoinSettings& settings) : session_(settings) {}

    Communicator& world() override { return session_.world(); }
    int first_rank_beside() const override { return rank_; }
    std::unique_ptr<Backend> make_sync_backend(Communicator& host) override
    {
        return std::make_unique<control::ControlBackend>(make_host_clock(host));
    }

private:
    control::Session session_;
    int rank_ = session_.world().rank();
};

std::chrono::seconds time_to_come(const std::string& text)
{
    const auto seconds = parse_seconds(text);
    constexpr double most_s = 86'400;
    if (!seconds || *seconds < 1 || *seconds > most_s) {
        throw ConfigError(say("--join-within '{}' is no time from 1s to 24h. Write --join-within 5min", text));
    }
    return std::chrono::seconds(std::lround(*seconds));
}

}  // namespace

std::string read_token(const LauncherOptions& options, const Variables& get)
{
    if (options.token_file.empty()) {
        return get("PLUMBLINE_TOKEN").value_or("");
    }
    std::ifstream file(options.token_file, std::ios::binary);
    std::string token{std::istreambuf_iterator<char>(file), {}};
    token.erase(token.find_last_not_of(" \t\r\n") + 1);
    if (!file || token.empty()) {
        throw ConfigError(
            say("--token-file {} {}. Write a secret of the launch's own into it, the same on all "
                "hosts (openssl rand -hex 32)",
                options.token_file, file ? "is empty" : "can't be read"));
    }
    return token;
}

std::unique_ptr<LaunchSession> join_over_tcp(const LaunchStart& start, const LauncherOptions& options,
                                             const Variables& get, const std::function<bool()>& interrupted)
{
    const std::string token = read_token(options, get);
    control::JoinSettings settings;
    settings.rank = start.rank;
    settings.size = start.size;
    settings.host = start.host;
    settings.port = start.port;
    settings.token = token;
    settings.timeout = time_to_come(options.join_within);
    settings.interrupted = interrupted;
    auto session = std::make_unique<TcpSession>(settings);
    if (start.size > 1 && start.rank == 0 && token.empty()) {
        const Sentence warning =
            say("the ranks met at {}:{} without a token (who reached it could have joined). Set PLUMBLINE_TOKEN, or "
                "give --token-file",
                start.host, start.port);
        std::cerr << "plumbline: " + in(options.language, say("warning: {}", warning)) + "\n";
    }
    return session;
}

std::string own_host_name()
{
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace plumbline::app
