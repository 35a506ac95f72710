// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace plumbline::app {

/// While it lives, a signal that asks the run to end is answered within `patience`, though the operation under way may
/// take longer: some launchers kill 250 ms after it. Its thread sleeps until then. One at a time.
class SignalWord {
public:
    /// `speak` is called once, by another thread, unless this object is gone by then: who ends in time speaks for
    /// itself. Throws std::system_error where it can't be had.
    explicit SignalWord(std::function<void()> speak,
                        std::chrono::milliseconds patience = std::chrono::milliseconds(100));
    ~SignalWord();
    SignalWord(const SignalWord&) = delete;
    SignalWord& operator=(const SignalWord&) = delete;

private:
    int signal_ = -1;  ///< descriptor that a handler writes to
    int end_ = -1;
    std::thread thread_;
};

/// Says that a signal has come; for its handler, of which it needs nothing that isn't safe there.
void tell_signal_word() noexcept;

}  // namespace plumbline::app
