// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace plumbline::fake {

/// Something to do on a stream. `enqueue` is called by the thread that puts it there (for a graph, each time that it is
/// launched); what it returns reaches `run`, which the stream calls when its turn comes.
struct Work {
    std::function<std::uint64_t()> enqueue;
    std::function<void(std::uint64_t)> run;
};

/// A device stream on the host: what is put on it is done in order by a thread of its own, some time later. Work put on
/// it while it is captured is only noted.
class Stream {
public:
    Stream();
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    void put(Work work);
    /// Whether all that was put on it is done.
    bool idle() const;
    void wait_idle() const;

    void begin_capture();
    std::vector<Work> end_capture();
    bool capturing() const { return capturing_; }

private:
    void run();

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::deque<std::function<void()>> queue_;
    bool busy_ = false;
    bool closing_ = false;
    bool capturing_ = false;
    std::vector<Work> captured_;
    std::thread worker_;  ///< last: it uses the others
};

/// Waits until nothing is left to do on any stream of the process.
void wait_until_all_are_idle();

/// A moment on a stream.
struct Event {
    void record(std::uint64_t number);
    bool done() const;
    double at_s() const;
    void wait(std::uint64_t number) const;

    std::uint64_t recorded = 0;  ///< by the calling thread: how often it was put on a stream
    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    std::uint64_t reached = 0;
    double moment_s = 0;
};

/// Puts work on the stream behind a cudaStream_t: for the other fakes.
[[gnu::visibility("default")]] void put_on_stream(void* stream, Work work);

}  // namespace plumbline::fake
