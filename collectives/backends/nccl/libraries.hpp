// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/cuda/cuda_runtime.hpp"
#include "collectives/backends/device/libraries.hpp"
#include "collectives/backends/nccl/nccl_abi.hpp"
#include "collectives/backends/nccl/vendor.hpp"
#include "collectives/util/dynamic_library.hpp"

#include <memory>
#include <optional>
#include <string>

namespace plumbline::nccl {

/// The collective library.
class Collectives {
public:
    /// Throws ConfigError. `name`: path, or "" for the one that the loader finds.
    Collectives(const Vendor& vendor, const std::string& name);

    abi::GetVersion* get_version = nullptr;
    abi::GetUniqueId* get_unique_id = nullptr;
    abi::CommInitRank* comm_init_rank = nullptr;
    abi::CommSplit* comm_split = nullptr;  ///< since 2.18.1, else null
    abi::CommDestroy* comm_destroy = nullptr;
    abi::CommAbort* comm_abort = nullptr;
    abi::CommGetAsyncError* comm_get_async_error = nullptr;
    abi::GroupStart* group_start = nullptr;
    abi::GroupEnd* group_end = nullptr;
    abi::AllReduce* all_reduce = nullptr;
    abi::ReduceScatter* reduce_scatter = nullptr;
    abi::AllGather* all_gather = nullptr;
    abi::Broadcast* broadcast = nullptr;
    abi::Reduce* reduce = nullptr;
    abi::Send* send = nullptr;
    abi::Recv* recv = nullptr;
    abi::AllToAll* all_to_all = nullptr;  ///< of NCCL since 2.28, else null, as the next two
    abi::Gather* gather = nullptr;
    abi::Scatter* scatter = nullptr;
    const char* all_to_all_name = nullptr;           ///< as the vendor spells it
    abi::CommRegister* comm_register = nullptr;      ///< since 2.19, else null
    abi::CommDeregister* comm_deregister = nullptr;  ///< since 2.19, else null

    const std::string& path() const { return library_.path(); }
    bool is_fake() const { return library_.find("plumbline_fake") != nullptr; }
    int version() const;

    void check(abi::Result code, const char* call) const
    {
        if (code != abi::success) [[unlikely]] {
            fail(code, call);
        }
    }
    void set_place(std::string place) { place_ = std::move(place); }
    std::string describe(abi::Result code) const;

private:
    [[noreturn]] void fail(abi::Result code, const char* call) const;

    DynamicLibrary library_;
    abi::GetErrorString* get_error_string_ = nullptr;
    abi::GetLastError* get_last_error_ = nullptr;  ///< since 2.13, else null
    std::string place_;
};

/// One process' libraries. They must belong together: a fake beside a real one is refused.
class Libraries final : public device::Libraries {
public:
    /// Throws ConfigError.
    Libraries(const Vendor& vendor, const std::string& name);

    Collectives collectives;
    cuda::CudaRuntime cuda;
    bool is_fake() const { return collectives.is_fake() || cuda.is_fake(); }
    void set_place(const std::string& place);

    const Names& names() const override;
    const device::Runtime& runtime() const override { return cuda; }
    std::string make_id() const override;
    std::shared_ptr<device::Comm> join(const device::CommPlace& place, int device, double timeout_s) const override;
    /// Collective over the ranks of `whole`: a communicator of those with this color, in the order of their keys; null
    /// where it is abi::no_color. Throws as join(); a `whole` that didn't come back from it is then left behind, since
    /// the library may still use it.
    std::shared_ptr<device::Comm> split(device::Comm& whole, int color, int key, int device, double timeout_s) const;
    std::optional<std::string> missing_form(const CollectiveCall& call, int ranks) const override;
    InPlaceOffsets in_place_offsets(const CollectiveCall& call, int rank, int ranks) const override;
    const char* call_name(const CollectiveCall& call) const override;
    std::function<void()> launch(const device::LaunchPlan& plan, const CollectiveCall& call) const override;
    void put_send(const device::MessagePlan& plan) const override
    {
        collectives.check(collectives.send(plan.data, plan.bytes, abi::uint8, plan.peer, plan.comm, plan.stream),
                          "ncclSend");
    }
    void put_receive(const device::MessagePlan& plan) const override
    {
        collectives.check(collectives.recv(plan.data, plan.bytes, abi::uint8, plan.peer, plan.comm, plan.stream),
                          "ncclRecv");
    }
};

/// "2.28.9" of what ncclGetVersion says.
std::string version_text(int version);

}  // namespace plumbline::nccl
