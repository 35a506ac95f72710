// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/signal_word.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

namespace plumbline::app {

namespace {

// A handler can reach nothing but a static variable.
std::atomic<int> to_tell{-1};

int event_descriptor()
{
    const int descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) {
        throw std::system_error(errno, std::generic_category(), "eventfd");
    }
    return descriptor;
}

void raise_event(int descriptor)
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(descriptor, &one, sizeof one);
}

/// The first of two descriptors that has something to read; nothing after so many milliseconds, -1 = never.
int first_readable(int one, int other, int timeout_ms)
{
    std::array<pollfd, 2> waiting{pollfd{one, POLLIN, 0}, pollfd{other, POLLIN, 0}};
    while (::poll(waiting.data(), waiting.size(), timeout_ms) < 0 && errno == EINTR) {
    }
    return waiting[0].revents != 0 ? one : waiting[1].revents != 0 ? other : -1;
}

}  // namespace

SignalWord::SignalWord(std::function<void()> speak, std::chrono::milliseconds patience)
    : signal_(event_descriptor()), end_(event_descriptor())
{
    // Signals are delivered to the rank's own thread.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    thread_ = std::thread([signal = signal_, end = end_, speak = std::move(speak), patience] {
        const bool signalled = first_readable(end, signal, -1) == signal;
        if (signalled && first_readable(end, end, static_cast<int>(patience.count())) != end) {
            speak();
        }
    });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    to_tell = signal_;
}

SignalWord::~SignalWord()
{
    to_tell = -1;
    raise_event(end_);
    thread_.join();
    ::close(signal_);
    ::close(end_);
}

void tell_signal_word() noexcept
{
    const int kept = errno;
    if (const int descriptor = to_tell; descriptor >= 0) {
        raise_event(descriptor);
    }
    errno = kept;
}

}  // namespace plumbline::app
