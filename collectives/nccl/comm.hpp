#pragma once

#include "collectives/nccl/device.hpp"
#include "collectives/nccl/libraries.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace plumbline::nccl {

/// Who a communicator is for.
struct CommPlace {
    abi::UniqueId id{};
    int ranks = 1;
    int rank = 0;
};

/// A communicator of the library. The destructor gives it back, by abort when it is broken.
class Comm {
public:
    /// Collective over its ranks. Throws BackendError, also when it is not up after `timeout_s`: another rank may never
    /// come, and the library then waits for ever.
    Comm(const Libraries& libraries, const Device& device, const CommPlace& place, double timeout_s);
    ~Comm();
    Comm(const Comm&) = delete;
    Comm& operator=(const Comm&) = delete;

    abi::Comm get() const { return comm_; }
    /// What happened to it behind our back; success while all is well.
    abi::Result async_error() const;
    /// What waits in it returns; nothing can be started any more. Once.
    void abort() noexcept;

private:
    const Libraries& libraries_;
    abi::Comm comm_ = nullptr;
};

/// Waits for operations of a group, and ends what can't end any more.
class Watch {
public:
    Watch(const Libraries& libraries, double operation_timeout_s)
        : libraries_(libraries), operation_timeout_s_(operation_timeout_s)
    {
    }

    void add(std::shared_ptr<Comm> comm) { comms_.push_back(std::move(comm)); }

    /// Until the end of what `stopwatch` stands round, an operation of `call`. Throws BackendError: an asynchronous
    /// error, an abort, or no end in time; all communicators of the group are then aborted.
    void wait(const Stopwatch& stopwatch, const char* call)
    {
        constexpr unsigned polls_between_looks = 64;
        for (unsigned polls = 1; !stopwatch.reached(); ++polls) {
            if (polls % polls_between_looks == 0) {
                look(call);
            }
        }
        looking_ = false;
    }

    /// Throws BackendError for an asynchronous error, after aborting all communicators.
    void check_async(const char* call);

    /// From any thread: whoever waits, or will wait, throws with this reason.
    void request_abort(const std::string& why);
    /// On this rank's own thread.
    void abort_all() noexcept;

private:
    void look(const char* call);
    [[noreturn]] void give_up(const char* call, int code, const std::string& why);

    const Libraries& libraries_;
    double operation_timeout_s_;
    std::vector<std::shared_ptr<Comm>> comms_;
    bool broken_ = false;
    bool looking_ = false;
    double since_s_ = 0;
    std::atomic<bool> abort_requested_ = false;
    std::mutex mutex_;  ///< of the reason
    std::string reason_;
};

}  // namespace plumbline::nccl
