// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tcp_ranks.hpp"

#include "collectives/control/socket.hpp"
#include "collectives/util/error.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <exception>
#include <thread>

namespace plumbline::test {

namespace {

control::JoinSettings settings_of(const LaunchShape& shape, int rank)
{
    control::JoinSettings settings;
    settings.rank = rank;
    settings.size = shape.size;
    settings.host = shape.host;
    settings.port = shape.port;
    settings.token = "a token of tests";
    settings.timeout = std::chrono::seconds(60);
    settings.own_host = "host" + std::to_string(rank);
    return settings;
}

RankEnd run_rank(const control::JoinSettings& settings, const std::function<void(control::Session&)>& body)
{
    try {
        control::Session session(settings);
        body(session);
    } catch (const ConfigError& error) {
        return {.sentence = error.what(), .user_error = true};
    } catch (const std::exception& error) {
        return {.sentence = error.what(), .user_error = false};
    }
    return {};
}

}  // namespace

int free_port()
{
    return control::Socket::listen(0).own_address().value_or(control::Address{}).port;
}

std::vector<RankEnd> run_ranks(const LaunchShape& shape, const std::function<void(control::Session&)>& body)
{
    std::vector<RankEnd> ends(static_cast<std::size_t>(shape.size));
    std::vector<std::thread> threads;
    for (int rank = 0; rank < shape.size; ++rank) {
        control::JoinSettings settings = settings_of(shape, rank);
        if (!shape.adjust || shape.adjust(settings)) {
            threads.emplace_back(
                [&body, settings, &end = ends[static_cast<std::size_t>(rank)]] { end = run_rank(settings, body); });
        }
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    return ends;
}

void expect_ranks_run(const LaunchShape& shape, const std::function<void(control::Session&)>& body)
{
    const auto ends = run_ranks(shape, body);
    for (std::size_t rank = 0; rank < ends.size(); ++rank) {
        EXPECT_EQ(ends[rank].sentence, "") << "rank " << rank;
    }
}

std::vector<ProcessEnd> run_processes(const LaunchShape& shape, const std::function<void(control::Session&)>& body)
{
    constexpr int broken = 5;
    std::vector<ProcessEnd> ends(static_cast<std::size_t>(shape.size));
    std::vector<int> sentences;
    for (int rank = 0; rank < shape.size; ++rank) {
        control::JoinSettings settings = settings_of(shape, rank);
        if (shape.adjust) {
            shape.adjust(settings);
        }
        int ways[2] = {-1, -1};
        EXPECT_EQ(::pipe(ways), 0);
        const int pid = ::fork();
        if (pid == 0) {
            const RankEnd end = run_rank(settings, body);
            [[maybe_unused]] const auto written = ::write(ways[1], end.sentence.data(), end.sentence.size());
            ::_exit(end.sentence.empty() ? 0 : broken);
        }
        ::close(ways[1]);
        sentences.push_back(ways[0]);
        ends[static_cast<std::size_t>(rank)].pid = pid;
    }
    for (std::size_t rank = 0; rank < ends.size(); ++rank) {
        std::array<char, 1024> text{};
        for (;;) {
            const auto got = ::read(sentences[rank], text.data(), text.size());
            if (got <= 0) {
                break;
            }
            ends[rank].sentence.append(text.data(), static_cast<std::size_t>(got));
        }
        ::close(sentences[rank]);
        int status = 0;
        ::waitpid(ends[rank].pid, &status, 0);
        ends[rank].status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return ends;
}

}  // namespace plumbline::test
