// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/stream.hpp"

#include "tests/fakes/faults.hpp"

#include <chrono>
#include <set>
#include <utility>

namespace plumbline::fake {

namespace {

double now_s()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct StreamList {
    std::mutex mutex;
    std::set<const Stream*> streams;
};

StreamList& streams()
{
    static StreamList own;
    return own;
}

/// Late enough that whoever looks at a result without waiting for it sees the old one.
std::chrono::microseconds latency()
{
    constexpr std::int64_t usual_us = 5;
    const auto slow = rule_of("slow");
    return std::chrono::microseconds(usual_us + (slow ? slow->value : 0));
}

}  // namespace

Stream::Stream() : worker_([this] { run(); })
{
    StreamList& all = streams();
    const std::lock_guard lock(all.mutex);
    all.streams.insert(this);
}

Stream::~Stream()
{
    {
        StreamList& all = streams();
        const std::lock_guard lock(all.mutex);
        all.streams.erase(this);
    }
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
    worker_.join();
}

void Stream::put(Work work)
{
    if (capturing_) {
        captured_.push_back(std::move(work));
        return;
    }
    const std::uint64_t number = work.enqueue ? work.enqueue() : 0;
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back([number, run = std::move(work.run)] { run(number); });
    }
    changed_.notify_all();
}

bool Stream::idle() const
{
    const std::lock_guard lock(mutex_);
    return queue_.empty() && !busy_;
}

void Stream::wait_idle() const
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.empty() && !busy_; });
}

void Stream::begin_capture()
{
    capturing_ = true;
    captured_.clear();
}

std::vector<Work> Stream::end_capture()
{
    capturing_ = false;
    return std::exchange(captured_, {});
}

void Stream::run()
{
    const auto pause = latency();
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) {
            return;
        }
        const auto work = std::move(queue_.front());
        queue_.pop_front();
        busy_ = true;
        lock.unlock();
        std::this_thread::sleep_for(pause);
        work();
        lock.lock();
        busy_ = false;
        changed_.notify_all();
    }
}

void wait_until_all_are_idle()
{
    StreamList& all = streams();
    const std::lock_guard lock(all.mutex);
    for (const Stream* stream : all.streams) {
        stream->wait_idle();
    }
}

void put_on_stream(void* stream, Work work)
{
    static_cast<Stream*>(stream)->put(std::move(work));
}

void Event::record(std::uint64_t number)
{
    {
        const std::lock_guard lock(mutex);
        reached = number;
        moment_s = now_s();
    }
    changed.notify_all();
}

bool Event::done() const
{
    const std::lock_guard lock(mutex);
    return reached >= recorded;
}

double Event::at_s() const
{
    const std::lock_guard lock(mutex);
    return moment_s;
}

void Event::wait(std::uint64_t number) const
{
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return reached >= number; });
}

}  // namespace plumbline::fake
