// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/reporter.hpp"

#include "harness/util/timing.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <utility>

namespace plumbline::endure {

namespace {

constexpr int broken = 5;
constexpr int beat_ms = 50;
constexpr double alive_every_s = 1;

/// Signals are delivered to the rank's own thread.
template <class Work>
std::thread quiet_thread(Work work)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    std::thread thread(std::move(work));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

void wait_for_message(const LineConnection& connection)
{
    pollfd one{connection.descriptor(), POLLIN, 0};
    ::poll(&one, 1, beat_ms);
}

[[noreturn]] void end_without_supervisor()
{
    static constexpr char text[] =
        "plumbline: the supervisor is gone. The job ends here; go on with plumbline endure --resume\n";
    std::fputs(text, stderr);
    std::fflush(stderr);
    ::_exit(broken);
}

}  // namespace

Reporter::Reporter(LineConnection connection, const RankStatus& status)
    : connection_(std::move(connection)), status_(status), thread_(quiet_thread([this] { follow(); }))
{
}

Reporter::~Reporter()
{
    ending_ = true;
    thread_.join();
}

void Reporter::send_steps()
{
    if (const auto now = steps_.load(std::memory_order_relaxed); now != told_) {
        told_ = now;
        connection_.send({.kind = "step", .fields = {{"step", fmt::format("{}", now)}}});
    }
}

void Reporter::tell(const Message& message)
{
    const std::scoped_lock lock(mutex_);
    send_steps();
    connection_.send(message);
}

void Reporter::follow()
{
    std::uint64_t word = status_.word();
    double said_s = steady_now_s();
    while (!ending_) {
        wait_for_message(connection_);
        const std::scoped_lock lock(mutex_);
        while (const auto message = connection_.receive()) {
            asked_to_stop_ = asked_to_stop_ || message->kind == "stop";
        }
        if (connection_.broken() && !ending_) {
            end_without_supervisor();
        }
        const std::uint64_t before = told_;
        send_steps();
        const double now = steady_now_s();
        if (told_ != before) {
            said_s = now;
        } else if (now - said_s >= alive_every_s && status_.word() != word) {
            word = status_.word();
            said_s = now;
            connection_.send({.kind = "alive", .fields = {}});
        }
    }
}

FaultAgent::FaultAgent(LineConnection connection)
    : connection_(std::move(connection)), thread_(quiet_thread([this] { follow(); }))
{
}

FaultAgent::~FaultAgent()
{
    ending_ = true;
    thread_.join();
}

void FaultAgent::follow()
{
    double slow_until_s = 0;
    while (!ending_) {
        wait_for_message(connection_);
        while (const auto message = connection_.receive()) {
            if (message->kind == "kill") {
                ::kill(::getpid(), SIGKILL);
            } else if (message->kind == "stop") {
                ::kill(::getpid(), SIGSTOP);
            } else if (message->kind == "slow") {
                delay_s_ = message->number("delay_s");
                slow_until_s = steady_now_s() + message->number("for_s");
            }
        }
        if (connection_.broken() && !ending_) {
            end_without_supervisor();
        }
        if (delay_s_ > 0 && steady_now_s() >= slow_until_s) {
            delay_s_ = 0;
        }
    }
}

}  // namespace plumbline::endure
