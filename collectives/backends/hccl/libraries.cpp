// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/hccl/libraries.hpp"

#include "collectives/backends/device/find_library.hpp"
#include "collectives/backends/hccl/collective_launch.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace plumbline::hccl {

namespace {

DynamicLibrary open_collectives(const std::string& name)
{
    constexpr std::array<std::string_view, 1> file_names{"libhccl.so"};
    constexpr std::array<std::string_view, 2> usual_folders{"/usr/local/Ascend/ascend-toolkit/latest/lib64",
                                                            "/usr/local/Ascend/cann/lib64"};
    return name.empty() ? device::open_first(file_names, "", usual_folders) : DynamicLibrary(name);
}

class HcclComm final : public device::Comm {
public:
    HcclComm(const Collectives& library, abi::Comm comm) : library_(library), comm_(comm) {}
    /// One that broke is not given back: HCCL would wait for what hangs in it.
    ~HcclComm() override
    {
        if (comm_ != nullptr) {
            library_.calls.comm_destroy(comm_);
        }
    }
    void* get() const noexcept override { return comm_; }
    std::optional<device::AsyncError> async_error() const override
    {
        if (library_.calls.get_comm_async_error == nullptr) {
            return std::nullopt;
        }
        abi::Result error = abi::success;
        const abi::Result code = library_.calls.get_comm_async_error(comm_, &error);
        error = code == abi::success ? error : code;
        if (error == abi::success || error == abi::try_again) {
            return std::nullopt;
        }
        return device::AsyncError{
            .code = error,
            .text = library_.describe(error),
            .origin = error == abi::remote ? FailureOrigin::maybe_elsewhere : FailureOrigin::here};
    }
    /// HCCL has no call that ends a communicator whose ranks don't answer: it is left as it is.
    void abort() noexcept override { comm_ = nullptr; }
    void leave_behind() noexcept override { comm_ = nullptr; }

private:
    const Collectives& library_;
    abi::Comm comm_;
};

}  // namespace

Collectives::Collectives(const std::string& name) : library_(open_collectives(name))
{
    library_.get("HcclGetRootInfo", calls.get_root_info);
    library_.get("HcclCommInitRootInfo", calls.comm_init_root_info);
    library_.get("HcclCommDestroy", calls.comm_destroy);
    library_.get_if_there("HcclGetCommAsyncError", calls.get_comm_async_error);
    library_.get_if_there("HcclGetErrorString", calls.get_error_string);
    library_.get("HcclAllReduce", calls.all_reduce);
    library_.get("HcclReduceScatter", calls.reduce_scatter);
    library_.get("HcclAllGather", calls.all_gather);
    library_.get("HcclBroadcast", calls.broadcast);
    library_.get("HcclReduce", calls.reduce);
    library_.get("HcclScatter", calls.scatter);
    library_.get("HcclAlltoAll", calls.all_to_all);
    library_.get("HcclAlltoAllV", calls.all_to_all_v);
    library_.get("HcclBarrier", calls.barrier);
    library_.get("HcclSend", calls.send);
    library_.get("HcclRecv", calls.recv);
    library_.get("HcclBatchSendRecv", calls.batch_send_recv);
}

std::string Collectives::describe(abi::Result code) const
{
    const char* const words = calls.get_error_string == nullptr ? nullptr : calls.get_error_string(code);
    return words == nullptr ? "see HcclResult in the HCCL API reference" : words;
}

void Collectives::fail(abi::Result code, const char* call) const
{
    throw BackendError(call, code, place_.empty() ? describe(code) : fmt::format("{}; {}", describe(code), place_));
}

Libraries::Libraries(const std::string& name) : collectives(name), acl(collectives.path())
{
    if (collectives.is_fake() != acl.is_fake()) {
        throw ConfigError(
            say("{} and {} don't belong together (one of them is a stand-in). Put the libraries of "
                "one kind side by side",
                collectives.path(), acl.path()));
    }
}

void Libraries::set_place(const std::string& place)
{
    acl.set_place(place);
    collectives.set_place(place);
}

const device::Libraries::Names& Libraries::names() const
{
    static constexpr Names names{"HcclGetRootInfo", "HcclSend", "HcclRecv", "HcclGetCommAsyncError"};
    return names;
}

std::string Libraries::make_id() const
{
    abi::RootInfo info{};
    collectives.check(collectives.calls.get_root_info(&info), "HcclGetRootInfo");
    return {info.internal, sizeof info.internal};
}

std::shared_ptr<device::Comm> Libraries::join(const device::CommPlace& place, int device, double timeout_s) const
{
    const auto info = std::make_shared<abi::RootInfo>();
    std::memcpy(info->internal, place.id.data(), std::min(place.id.size(), sizeof info->internal));
    const auto ranks = static_cast<std::uint32_t>(place.ranks);
    const auto rank = static_cast<std::uint32_t>(place.rank);
    const device::StartedLibrary up =
        device::start_library(acl, {.device = device,
                                    .timeout_s = timeout_s,
                                    .call = "HcclCommInitRootInfo",
                                    .code_of_timeout = abi::timed_out,
                                    .init = [info, ranks, rank, init = collectives.calls.comm_init_root_info](
                                                void** comm) { return init(ranks, info.get(), rank, comm); }});
    collectives.check(up.code, "HcclCommInitRootInfo");
    return std::make_shared<HcclComm>(collectives, up.comm);
}

std::optional<std::string> Libraries::missing_form(const CollectiveCall& call, int /*ranks*/) const
{
    return hccl::missing_form(call);
}

const char* Libraries::call_name(const CollectiveCall& call) const
{
    return library_call(call.collective);
}

std::function<void()> Libraries::launch(const device::LaunchPlan& plan, const CollectiveCall& call) const
{
    return make_launch(*this, plan, call);
}

void Libraries::put_send(const device::MessagePlan& plan) const
{
    collectives.check(collectives.calls.send(plan.data, plan.bytes, abi::int8, static_cast<std::uint32_t>(plan.peer),
                                             plan.comm, plan.stream),
                      "HcclSend");
}

void Libraries::put_receive(const device::MessagePlan& plan) const
{
    collectives.check(collectives.calls.recv(plan.data, plan.bytes, abi::int8, static_cast<std::uint32_t>(plan.peer),
                                             plan.comm, plan.stream),
                      "HcclRecv");
}

}  // namespace plumbline::hccl
