// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/device/memory.hpp"
#include "collectives/backends/device/runtime.hpp"
#include "collectives/util/error.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::device {

/// Who a communicator is for.
struct CommPlace {
    std::string id;  ///< bytes that one rank made for all (Libraries::make_id)
    int ranks = 1;
    int rank = 0;
};

/// What happened to a communicator behind our back.
struct AsyncError {
    int code = 0;
    std::string text;
    FailureOrigin origin = FailureOrigin::here;
};

/// A communicator of the vendor's library. The destructor gives it back.
class Comm {
public:
    Comm() = default;
    Comm(const Comm&) = delete;
    Comm& operator=(const Comm&) = delete;
    virtual ~Comm() = default;

    /// The library's handle; null once it was aborted.
    virtual void* get() const noexcept = 0;
    virtual std::optional<AsyncError> async_error() const = 0;
    /// Nothing can be started any more, and what waits in it returns as far as the library can do that. Once.
    virtual void abort() noexcept = 0;
    /// It is never given back: a call of the library that didn't return may still use it.
    virtual void leave_behind() noexcept = 0;
};

/// What bringing up a communicator came to.
struct StartedLibrary {
    int code = 0;
    void* comm = nullptr;
};

/// `init` puts a communicator where its argument points and returns its code. On a thread of its own, which works on
/// `device` and is left behind where the library never returns: then, after `timeout_s`, this throws BackendError of
/// `call` with `code_of_timeout`, since another rank may never come.
struct LibraryStart {
    int device = 0;
    double timeout_s = 0;
    const char* call = "";
    int code_of_timeout = 0;
    std::function<int(void** comm)> init;
};
StartedLibrary start_library(const Runtime& runtime, const LibraryStart& what);

/// Waits for operations of a group, and ends what can't end any more.
class Watch {
public:
    Watch(const Runtime& runtime, double operation_timeout_s)
        : runtime_(runtime), operation_timeout_s_(operation_timeout_s)
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

    /// On this rank's own thread.
    void abort_all() noexcept;

private:
    void look(const char* call);
    [[noreturn]] void give_up(const char* call, const AsyncError& error);

    const Runtime& runtime_;
    double operation_timeout_s_;
    std::vector<std::shared_ptr<Comm>> comms_;
    bool broken_ = false;
    bool looking_ = false;
    double since_s_ = 0;
};

}  // namespace plumbline::device
