#include "collectives/nccl/comm.hpp"

#include "collectives/error.hpp"
#include "collectives/units.hpp"

#include <fmt/format.h>

#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace plumbline::nccl {

namespace {

/// What bringing up a communicator came to; shared with the thread that does it.
struct Attempt {
    abi::Comm comm = nullptr;
    cuda::Error device_code = cuda::success;
    abi::Result code = abi::success;
    std::promise<void> ended;
};

double steady_now_s()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// On a thread of its own, which is left behind where the library never returns.
std::shared_ptr<Attempt> bring_up(const Libraries& libraries, int device, const CommPlace& place)
{
    auto attempt = std::make_shared<Attempt>();
    std::thread([attempt, device, place, set_device = libraries.runtime.set_device,
                 init = libraries.collectives.comm_init_rank] {
        attempt->device_code = set_device(device);
        if (attempt->device_code == cuda::success) {
            attempt->code = init(&attempt->comm, place.ranks, place.id, place.rank);
        }
        attempt->ended.set_value();
    }).detach();
    return attempt;
}

}  // namespace

Comm::Comm(const Libraries& libraries, const Device& device, const CommPlace& place, double timeout_s)
    : libraries_(libraries)
{
    const auto attempt = bring_up(libraries, device.number, place);
    const auto status = attempt->ended.get_future().wait_for(std::chrono::duration<double>(timeout_s));
    if (status != std::future_status::ready) {
        throw BackendError("ncclCommInitRank", abi::in_progress,
                           fmt::format("not up after {}, another rank may not have come; {}", format_seconds(timeout_s),
                                       libraries.runtime.place()));
    }
    libraries.runtime.check(attempt->device_code, "cudaSetDevice");
    libraries.collectives.check(attempt->code, "ncclCommInitRank");
    comm_ = attempt->comm;
}

Comm::~Comm()
{
    if (comm_ != nullptr) {
        libraries_.collectives.comm_destroy(comm_);
    }
}

abi::Result Comm::async_error() const
{
    abi::Result error = abi::success;
    const abi::Result code = libraries_.collectives.comm_get_async_error(comm_, &error);
    return code == abi::success ? error : code;
}

void Comm::abort() noexcept
{
    if (comm_ != nullptr) {
        libraries_.collectives.comm_abort(std::exchange(comm_, nullptr));
    }
}

void Watch::request_abort(const std::string& why)
{
    {
        const std::lock_guard lock(mutex_);
        reason_ = why;
    }
    abort_requested_ = true;
}

void Watch::abort_all() noexcept
{
    broken_ = true;
    for (const auto& comm : comms_) {
        comm->abort();
    }
}

void Watch::give_up(const char* call, int code, const std::string& why)
{
    looking_ = false;
    abort_all();
    const FailureOrigin origin = code == abi::remote_error ? FailureOrigin::maybe_elsewhere : FailureOrigin::here;
    throw BackendError(call, code, fmt::format("{}; {}", why, libraries_.runtime.place()), origin);
}

void Watch::check_async(const char* call)
{
    for (const auto& comm : comms_) {
        const abi::Result code = broken_ ? abi::success : comm->async_error();
        if (code != abi::success && code != abi::in_progress) {
            give_up(call, code, "asynchronous error, " + libraries_.collectives.describe(code));
        }
    }
}

void Watch::look(const char* call)
{
    if (broken_) {
        give_up(call, 0, "its communicator was aborted before");
    }
    if (abort_requested_) {
        const std::lock_guard lock(mutex_);
        give_up(call, 0, "aborted: " + reason_);
    }
    check_async(call);
    const double now_s = steady_now_s();
    if (!looking_) {
        looking_ = true;
        since_s_ = now_s;
    }
    if (now_s - since_s_ > operation_timeout_s_) {
        give_up(call, 0, fmt::format("no end after {}", format_seconds(operation_timeout_s_)));
    }
}

}  // namespace plumbline::nccl
