// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/hccl/hccl_backend.hpp"

#include "collectives/backends/device/device_group.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <optional>

namespace plumbline::hccl {

HcclBackend::HcclBackend(const BackendSetup& setup)
    : libraries_(device::open_on_all<Libraries>(setup, [&] { return std::make_unique<Libraries>(setup.library); })),
      timing_(device::read_options(setup.options, "hccl", {})),
      clock_(make_host_clock(setup.host)),
      compute_(setup.world, clock_)
{
    device::require_one_version(setup, libraries_->version(), "aclrtGetVersion");
    device_ = device::choose_device(libraries_->acl, setup);
    libraries_->set_place(fmt::format("device {} of {}", device_.number, setup.host_name));
    info_ = describe();
}

BackendInfo HcclBackend::describe() const
{
    const auto has = [](const void* function) { return std::string(function == nullptr ? "no" : "yes"); };
    const abi::Functions& calls = libraries_->collectives.calls;
    const bool fake = libraries_->is_fake();
    BackendInfo info{.name = "hccl",
                     .kind = fake ? LibraryKind::fake : LibraryKind::real,
                     .device = device::describe(device_),
                     // HCCL has no call that frees ranks from a communicator that broke.
                     .survives_failure = false,
                     .can_synchronize = false};
    info.facts = {{"library", libraries_->version()},
                  {"library file", libraries_->collectives.path()},
                  {"runtime file", libraries_->acl.path()},
                  {"hardware", fake ? "none: a stand-in" : "backend never run on any by this project"},
                  {"device of rank 0", device_.name},
                  {"device memory", "plain allocations"},
                  {"devices told apart by UUID", device_.uuid.empty() ? "no" : "yes"},
                  {"asynchronous errors known", has(reinterpret_cast<const void*>(calls.get_comm_async_error))},
                  {"times by device events", timing_.device_events ? "yes" : "no"}};
    return info;
}

std::unique_ptr<Group> HcclBackend::make_group(Communicator& members)
{
    return std::make_unique<device::DeviceGroup>(
        device::GroupSetup{.libraries = *libraries_, .device = device_, .timing = timing_, .compute = compute_},
        members);
}

Availability find_libraries(const std::string& library)
{
    try {
        const Libraries libraries(library);
        const std::string version = libraries.version();
        std::uint32_t devices = 0;
        const acl::Error code = libraries.acl.calls.get_device_count(&devices);
        if (code != acl::success || devices < 1) {
            return {version, fmt::format("{} is here, but no device (aclrtGetDeviceCount: code {}, {})", version, code,
                                         libraries.acl.describe_error(code))};
        }
        const std::string remark =
            libraries.is_fake() ? "a stand-in, not the real library" : "never run on hardware by this project";
        return {version, std::nullopt, fmt::format("{} devices; {}", devices, remark)};
    } catch (const ConfigError& error) {
        return {"", error.what()};
    } catch (const BackendError& error) {
        return {"", fmt::format("its runtime can't be used: {}", error.what())};
    }
}

}  // namespace plumbline::hccl
