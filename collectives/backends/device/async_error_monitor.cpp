// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/device/async_error_monitor.hpp"

#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <future>
#include <thread>
#include <utility>

namespace plumbline::device {

namespace {

/// Shared with the thread that brings up a communicator.
struct Attempt {
    StartedLibrary result;
    std::exception_ptr error;
    std::promise<void> ended;
};

double steady_now_s()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

StartedLibrary start_library(const Runtime& runtime, const LibraryStart& what)
{
    const auto attempt = std::make_shared<Attempt>();
    std::thread([attempt, &runtime, device = what.device, init = what.init] {
        try {
            runtime.set_device(device);
            attempt->result.code = init(&attempt->result.comm);
        } catch (...) {
            attempt->error = std::current_exception();
        }
        attempt->ended.set_value();
    }).detach();
    const auto status = attempt->ended.get_future().wait_for(std::chrono::duration<double>(what.timeout_s));
    if (status != std::future_status::ready) {
        throw BackendError(what.call, what.code_of_timeout,
                           fmt::format("not up after {}, another rank may not have come; {}",
                                       format_seconds(what.timeout_s), runtime.place()));
    }
    if (attempt->error) {
        std::rethrow_exception(attempt->error);
    }
    return attempt->result;
}

void Watch::abort_all() noexcept
{
    broken_ = true;
    for (const auto& comm : comms_) {
        comm->abort();
    }
}

void Watch::give_up(const char* call, const AsyncError& error)
{
    looking_ = false;
    abort_all();
    throw BackendError(call, error.code, fmt::format("{}; {}", error.text, runtime_.place()), error.origin);
}

void Watch::check_async(const char* call)
{
    if (broken_) {
        return;
    }
    for (const auto& comm : comms_) {
        if (auto error = comm->async_error()) {
            error->text = "asynchronous error, " + error->text;
            give_up(call, *error);
        }
    }
}

void Watch::look(const char* call)
{
    if (broken_) {
        give_up(call, {.text = "its communicator was aborted before"});
    }
    check_async(call);
    const double now_s = steady_now_s();
    if (!looking_) {
        looking_ = true;
        since_s_ = now_s;
    }
    if (now_s - since_s_ > operation_timeout_s_) {
        give_up(call, {.text = fmt::format("no end after {}", format_seconds(operation_timeout_s_))});
    }
}

}  // namespace plumbline::device
