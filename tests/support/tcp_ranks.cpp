// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tcp_ranks.hpp"

#include "collectives/control/socket.hpp"
#include "collectives/util/error.hpp"

#include <gtest/gtest.h>

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

}  // namespace plumbline::test
