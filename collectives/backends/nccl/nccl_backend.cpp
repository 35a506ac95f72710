// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/nccl_backend.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/backends/nccl/linear_algebra.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <new>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace plumbline::nccl {

namespace {

/// Throws ConfigError for what this version of the library doesn't have.
Settings settings_for(const Vendor& vendor, const Libraries& libraries, const BackendOptions& options)
{
    Settings settings;
    const device::Switch switches[] = {{"graphs", settings.graphs},
                                       {"register_buffers", settings.register_buffers},
                                       {"split_teams", settings.split_teams}};
    static constexpr std::string_view kinds[] = {"start", "tuning", "off"};
    static constexpr std::string_view places[] = {"auto", "device", "host"};
    const device::Selection selections[] = {{"library_log", settings.library_log, kinds},
                                            {"verify_on", settings.verify_on, places}};
    settings.timing = device::read_options(options, vendor.backend, switches, selections);
    if (settings.register_buffers && libraries.collectives.comm_register == nullptr) {
        throw ConfigError(
            say("backend_options.register_buffers is not available ({} {} has no ncclCommRegister, "
                "which came with 2.19). Leave it out, or name a newer library",
                vendor.library, version_text(libraries.collectives.version())));
    }
    if (settings.split_teams && libraries.collectives.comm_split == nullptr) {
        throw ConfigError(
            say("backend_options.split_teams is not available ({} {} has no ncclCommSplit, which came with 2.18.1). "
                "Leave it out, or name a newer library",
                vendor.library, version_text(libraries.collectives.version())));
    }
    return settings;
}

std::string version_of(const Vendor& vendor, const Libraries& libraries)
{
    return fmt::format("{} {}", vendor.library, version_text(libraries.collectives.version()));
}

std::string yes_or_no(bool value)
{
    return value ? "yes" : "no";
}

}  // namespace

NcclBackend::NcclBackend(const Vendor& vendor, const BackendSetup& setup)
    : flavour_(vendor),
      libraries_(
          device::open_on_all<Libraries>(setup, [&] { return std::make_unique<Libraries>(vendor, setup.library); })),
      clock_(make_host_clock(setup.host)),
      compute_(setup.world, clock_)
{
    device::require_one_version(setup, version_of(vendor, *libraries_), "ncclGetVersion");
    settings_ = settings_for(vendor, *libraries_, setup.options);
    device_ = device::choose_device(libraries_->cuda, setup);
    libraries_->set_place(fmt::format("device {} of {}", device_.number, setup.host_name));
    open_management();
    open_check(setup);
    log_ = std::make_unique<LogCapture>(settings_.library_log);
    info_ = describe();
}

/// Not needed for a measurement: where it isn't there, the state of the device is unknown.
void NcclBackend::open_management()
{
    try {
        management_ = std::make_unique<DeviceManagement>(flavour_, libraries_->collectives.path(), device_.bus);
        if (management_->is_fake() != libraries_->is_fake()) {
            management_.reset();
            management_missing_ = "one library of it and of the device's is a stand-in";
        }
    } catch (const std::runtime_error& error) {
        management_missing_ = error.what();
    }
}

/// A kernel that went wrong can take all that the process has on the device with it: a sentence where it did.
std::optional<std::string> NcclBackend::useless_after(const std::string& objection) const
{
    try {
        const device::DeviceBuffer probe(libraries_->cuda, 1);
    } catch (const BackendError& error) {
        return fmt::format("{}; after that the device is of no use ({}). Try backend_options.verify_on=host", objection,
                           error.what());
    } catch (const std::bad_alloc&) {
        return std::nullopt;  // the cases say so
    }
    return std::nullopt;
}

/// Collective over setup.world: data are compared on the devices where each of them can be believed to do it.
void NcclBackend::open_check(const BackendSetup& setup)
{
    if (settings_.verify_on == "host") {
        check_missing_ = "as asked for";
        return;
    }
    std::optional<std::string> objection;
    try {
        check_ =
            std::make_unique<PayloadCheck>(flavour_, libraries_->cuda, device_.number, libraries_->collectives.path());
        if (const auto why = known_answer_objection(*check_, libraries_->cuda, settings_.timing.operation_timeout_s)) {
            objection = "the device's comparison can't be believed: " + *why;
        }
    } catch (const std::runtime_error& error) {
        objection = error.what();
    } catch (const std::bad_alloc&) {
        objection = "the device has no memory left for it";
    }
    std::optional<std::string> useless;
    if (objection) {
        objection = fmt::format("rank {} on {}: {}", setup.world.rank(), setup.host_name, *objection);
        useless = useless_after(*objection);
    }
    device::require_no_objection(setup, useless);
    if (const auto why = first_error(setup.world, objection)) {
        if (settings_.verify_on == "device") {
            throw ConfigError(
                say("backend_options.verify_on is 'device', which is not available ({}). Try auto, or "
                    "host",
                    *why));
        }
        check_.reset();
        check_missing_ = *why;
    }
}

Facts NcclBackend::facts() const
{
    const Collectives& library = libraries_->collectives;
    return {{"library", version_of(flavour_, *libraries_)},
            {"library file", library.path()},
            {"runtime", libraries_->cuda.version()},
            {"runtime file", libraries_->cuda.path()},
            {"device of rank 0", fmt::format("{}, PCI {}", device_.name, device_.bus)},
            {"hardware", libraries_->is_fake() ? "none: a stand-in" : "backend never run on any by this project"},
            {"device state",
             management_ ? "from NVML, driver " + management_->driver() : "unknown: " + management_missing_},
            {"device memory", "plain allocations"},
            {"data verified", check_ ? "on the device, by " + check_->compiler() + ", which found what was planted"
                                     : "on the host: " + check_missing_},
            {"barrier", "ncclAllReduce of one byte"},
            {"library's own log", settings_.library_log},
            {"teams of a step", settings_.split_teams ? "split off by ncclCommSplit" : "joined by ncclCommInitRank"},
            {"graphs", yes_or_no(settings_.graphs)},
            {"buffers registered", yes_or_no(settings_.register_buffers)},
            {"times by device events", yes_or_no(settings_.timing.device_events)}};
}

std::string NcclBackend::gemm_library() const
{
    return linear_algebra_version(flavour_, libraries_->collectives.path());
}

BackendInfo NcclBackend::describe() const
{
    return {.name = std::string(flavour_.backend),
            .kind = libraries_->is_fake() ? LibraryKind::fake : LibraryKind::real,
            .facts = facts(),
            .device = device::describe(device_),
            .survives_failure = true,
            .can_synchronize = false};
}

std::unique_ptr<Group> NcclBackend::make_group(Communicator& members)
{
    return std::make_unique<NcclGroup>(group_setup(), members);
}

std::unique_ptr<Group> NcclBackend::split(Group& whole, Communicator* subgroup)
{
    const auto* const own = dynamic_cast<NcclGroup*>(&whole);
    if (own == nullptr) {
        throw std::logic_error("a group that this backend did not make");
    }
    // A color no other subgroup has: the number, in the launch, of its first rank.
    const int color = subgroup == nullptr ? abi::no_color : subgroup->members().front();
    const int key = subgroup == nullptr ? 0 : subgroup->rank();
    auto comm = libraries_->split(own->communicator(), color, key, device_.number, settings_.timing.init_timeout_s);
    return subgroup == nullptr ? nullptr : std::make_unique<NcclGroup>(group_setup(), *subgroup, std::move(comm));
}

GroupSetup NcclBackend::group_setup() const
{
    return {.vendor = flavour_,
            .libraries = *libraries_,
            .device = device_,
            .settings = settings_,
            .compute = compute_,
            .check = check_.get()};
}

Availability find_libraries(const Vendor& vendor, const std::string& library)
{
    try {
        const Libraries libraries(vendor, library);
        const std::string version = version_of(vendor, libraries);
        int devices = 0;
        const cuda::Error code = libraries.cuda.calls.get_device_count(&devices);
        if (code != cuda::success || devices < 1) {
            return {version, fmt::format("{} is here, but no device ({}GetDeviceCount: code {}, {})", version,
                                         vendor.toolkit.prefix, code, libraries.cuda.calls.get_error_string(code))};
        }
        const std::string remark =
            libraries.is_fake() ? "a stand-in, not the real library" : "never run on hardware by this project";
        return {version, std::nullopt, fmt::format("{} devices; {}", devices, remark)};
    } catch (const ConfigError& error) {
        return {"", error.what()};
    }
}

}  // namespace plumbline::nccl
