// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/libraries.hpp"

#include "collectives/backends/device/find_library.hpp"
#include "collectives/backends/nccl/collective_launch.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace plumbline::nccl {

namespace {

constexpr int oldest_version = 21000;  ///< bfloat16

/// The named library itself, or else the vendor's by its usual name.
DynamicLibrary open_collectives(const Vendor& vendor, const std::string& name)
{
    if (!name.empty()) {
        return DynamicLibrary(name);
    }
    return device::open_first({&vendor.collectives, 1}, "", vendor.toolkit.usual_folders);
}

class NcclComm final : public device::Comm {
public:
    NcclComm(const Collectives& library, abi::Comm comm) : library_(library), comm_(comm) {}
    ~NcclComm() override
    {
        if (comm_ != nullptr) {
            library_.comm_destroy(comm_);
        }
    }
    void* get() const noexcept override { return comm_; }
    std::optional<device::AsyncError> async_error() const override
    {
        if (comm_ == nullptr) {
            return std::nullopt;
        }
        abi::Result error = abi::success;
        const abi::Result code = library_.comm_get_async_error(comm_, &error);
        error = code == abi::success ? error : code;
        if (error == abi::success || error == abi::in_progress) {
            return std::nullopt;
        }
        return device::AsyncError{
            .code = error,
            .text = library_.describe(error),
            .origin = error == abi::remote_error ? FailureOrigin::maybe_elsewhere : FailureOrigin::here};
    }
    void abort() noexcept override
    {
        if (comm_ != nullptr) {
            library_.comm_abort(std::exchange(comm_, nullptr));
        }
    }

    void leave_behind() noexcept override { comm_ = nullptr; }

private:
    const Collectives& library_;
    abi::Comm comm_;
};

}  // namespace

Collectives::Collectives(const Vendor& vendor, const std::string& name) : library_(open_collectives(vendor, name))
{
    library_.get("ncclGetVersion", get_version);
    const int version_here = version();
    if (version_here < oldest_version) {
        throw ConfigError(
            say("{} can't be used (it is {} {}, and {} is needed). Name another with "
                "--backend-library",
                path(), vendor.library, version_text(version_here), version_text(oldest_version)));
    }
    library_.get("ncclGetUniqueId", get_unique_id);
    library_.get("ncclCommInitRank", comm_init_rank);
    library_.get_if_there("ncclCommSplit", comm_split);
    library_.get("ncclCommDestroy", comm_destroy);
    library_.get("ncclCommAbort", comm_abort);
    library_.get("ncclCommGetAsyncError", comm_get_async_error);
    library_.get("ncclGroupStart", group_start);
    library_.get("ncclGroupEnd", group_end);
    library_.get("ncclAllReduce", all_reduce);
    library_.get("ncclReduceScatter", reduce_scatter);
    library_.get("ncclAllGather", all_gather);
    library_.get("ncclBroadcast", broadcast);
    library_.get("ncclReduce", reduce);
    library_.get("ncclSend", send);
    library_.get("ncclRecv", recv);
    library_.get("ncclGetErrorString", get_error_string_);
    all_to_all_name = vendor.all_to_all;
    if (version_here >= vendor.native_calls_since) {
        library_.get_if_there(vendor.all_to_all, all_to_all);
        library_.get_if_there("ncclGather", gather);
        library_.get_if_there("ncclScatter", scatter);
    }
    library_.get_if_there("ncclCommRegister", comm_register);
    library_.get_if_there("ncclCommDeregister", comm_deregister);
    library_.get_if_there("ncclGetLastError", get_last_error_);
}

int Collectives::version() const
{
    int version = 0;
    get_version(&version);
    return version;
}

std::string Collectives::describe(abi::Result code) const
{
    const char* const detail = get_last_error_ == nullptr ? nullptr : get_last_error_(nullptr);
    std::string text = get_error_string_(code);
    if (detail != nullptr && *detail != '\0') {
        text += fmt::format(": {}", detail);
    }
    return text;
}

void Collectives::fail(abi::Result code, const char* call) const
{
    throw BackendError(call, code, place_.empty() ? describe(code) : fmt::format("{}; {}", describe(code), place_));
}

Libraries::Libraries(const Vendor& vendor, const std::string& name)
    : collectives(vendor, name), cuda(vendor.toolkit, collectives.path())
{
    if (collectives.is_fake() != cuda.is_fake()) {
        throw ConfigError(
            say("{} and {} don't belong together (one of them is a stand-in). Put the libraries of "
                "one kind side by side",
                collectives.path(), cuda.path()));
    }
}

void Libraries::set_place(const std::string& place)
{
    cuda.set_place(place);
    collectives.set_place(place);
}

const device::Libraries::Names& Libraries::names() const
{
    static constexpr Names names{"ncclGetUniqueId", "ncclSend", "ncclRecv", "ncclCommGetAsyncError"};
    return names;
}

std::string Libraries::make_id() const
{
    abi::UniqueId id{};
    collectives.check(collectives.get_unique_id(&id), "ncclGetUniqueId");
    return {id.internal, sizeof id.internal};
}

std::shared_ptr<device::Comm> Libraries::join(const device::CommPlace& place, int device, double timeout_s) const
{
    abi::UniqueId id{};
    std::memcpy(id.internal, place.id.data(), std::min(place.id.size(), sizeof id.internal));
    const device::StartedLibrary up = device::start_library(
        cuda, {.device = device,
               .timeout_s = timeout_s,
               .call = "ncclCommInitRank",
               .code_of_timeout = abi::in_progress,
               .init = [id, ranks = place.ranks, rank = place.rank, init = collectives.comm_init_rank](void** comm) {
                   return init(comm, ranks, id, rank);
               }});
    collectives.check(up.code, "ncclCommInitRank");
    return std::make_shared<NcclComm>(collectives, up.comm);
}

std::shared_ptr<device::Comm> Libraries::split(device::Comm& whole, int color, int key, int device,
                                               double timeout_s) const
{
    if (whole.get() == nullptr) {
        throw BackendError("ncclCommSplit", 0, "the communicator to split was aborted");
    }
    device::StartedLibrary up;
    try {
        up = device::start_library(cuda, {.device = device,
                                          .timeout_s = timeout_s,
                                          .call = "ncclCommSplit",
                                          .code_of_timeout = abi::in_progress,
                                          .init = [comm = whole.get(), color, key, split = collectives.comm_split](
                                                      void** made) { return split(comm, color, key, made, nullptr); }});
    } catch (const BackendError&) {
        whole.leave_behind();
        throw;
    }
    collectives.check(up.code, "ncclCommSplit");
    return up.comm == nullptr ? nullptr : std::make_shared<NcclComm>(collectives, up.comm);
}

std::optional<std::string> Libraries::missing_form(const CollectiveCall& call, int /*ranks*/) const
{
    return nccl::missing_form(call, collectives);
}

InPlaceOffsets Libraries::in_place_offsets(const CollectiveCall& call, int rank, int ranks) const
{
    // NCCL's reduce-scatter is in place when its output is this rank's own block of the input.
    if (call.collective == Collective::reduce_scatter) {
        return {.input = 0, .output = static_cast<std::uint64_t>(rank) * call.count};
    }
    return plumbline::in_place_offsets(call, rank, ranks);
}

const char* Libraries::call_name(const CollectiveCall& call) const
{
    return library_call(call, collectives);
}

std::function<void()> Libraries::launch(const device::LaunchPlan& plan, const CollectiveCall& call) const
{
    return make_launch(collectives, plan, call);
}

std::string version_text(int version)
{
    // Since 2.9: major * 10000 + minor * 100 + patch; before: major * 1000 + minor * 100 + patch.
    const int major_unit = version >= 10000 ? 10000 : 1000;
    return fmt::format("{}.{}.{}", version / major_unit, version % major_unit / 100, version % 100);
}

}  // namespace plumbline::nccl
