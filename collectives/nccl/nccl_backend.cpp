#include "collectives/nccl/nccl_backend.hpp"

#include "collectives/agreement.hpp"
#include "collectives/error.hpp"
#include "collectives/nccl/nccl_group.hpp"

#include <fmt/format.h>

#include <optional>

namespace plumbline::nccl {

namespace {

/// Collective over setup.world: the libraries of each rank; a rank without them ends all ranks with its reason.
std::unique_ptr<Libraries> open_libraries(const Flavour& flavour, const BackendSetup& setup)
{
    std::unique_ptr<Libraries> libraries;
    std::optional<std::string> objection;
    try {
        libraries = std::make_unique<Libraries>(flavour, setup.library);
    } catch (const ConfigError& error) {
        objection = fmt::format("rank {} on {}: {}", setup.world.rank(), setup.host_name, error.what());
    }
    if (const auto why = first_objection(setup.world, objection)) {
        throw ConfigError(*why);
    }
    return libraries;
}

/// Collective over setup.world. Throws ConfigError on every rank.
void require_one_version(const Flavour& flavour, const Libraries& libraries, const BackendSetup& setup)
{
    const int own = libraries.collectives.version();
    const int first = broadcast_value(setup.world, own, 0);
    std::optional<std::string> objection;
    if (own != first) {
        objection = fmt::format(
            "rank 0 has {} {} and rank {} on {} has {} (ncclGetVersion). Install one version "
            "everywhere, or name it with --backend-library",
            flavour.library, version_text(first), setup.world.rank(), setup.host_name, version_text(own));
    }
    if (const auto why = first_objection(setup.world, objection)) {
        throw ConfigError(*why);
    }
}

/// Throws ConfigError for what this version of the library doesn't have.
Settings settings_for(const Flavour& flavour, const Libraries& libraries, const BackendOptions& options)
{
    const Settings settings = read_settings(options, flavour.backend);
    if (settings.register_buffers && libraries.collectives.comm_register == nullptr) {
        throw ConfigError(
            fmt::format("backend_options.register_buffers can't be had ({} {} has no ncclCommRegister, "
                        "which came with 2.19). Leave it out, or name a newer library",
                        flavour.library, version_text(libraries.collectives.version())));
    }
    return settings;
}

std::string yes_or_no(bool value)
{
    return value ? "yes" : "no";
}

}  // namespace

NcclBackend::NcclBackend(const Flavour& flavour, const BackendSetup& setup)
    : flavour_(flavour),
      libraries_(open_libraries(flavour, setup)),
      clock_(make_host_clock(setup.host)),
      compute_(setup.world, clock_)
{
    require_one_version(flavour, *libraries_, setup);
    settings_ = settings_for(flavour, *libraries_, setup.options);
    device_ = choose_device(libraries_->runtime, setup);
    const std::string place = fmt::format("device {} of {}", device_.number, setup.host_name);
    libraries_->runtime.set_place(place);
    libraries_->collectives.set_place(place);
}

Facts NcclBackend::facts() const
{
    const Collectives& library = libraries_->collectives;
    int runtime_version = 0;
    libraries_->runtime.runtime_get_version(&runtime_version);
    return {{"library", fmt::format("{} {}", flavour_.library, version_text(library.version()))},
            {"library file", library.path()},
            {"runtime", fmt::format("{} {}", flavour_.runtime_prefix, runtime_version)},
            {"runtime file", libraries_->runtime.path()},
            {"device of rank 0", fmt::format("{}, PCI {}", device_.name, device_.pci_bus)},
            {"device memory", "plain allocations"},
            {"barrier", "ncclAllReduce of one byte"},
            {"graphs", yes_or_no(settings_.graphs)},
            {"buffers registered", yes_or_no(settings_.register_buffers)},
            {"times by device events", yes_or_no(settings_.device_events)}};
}

std::string NcclBackend::device() const
{
    return fmt::format("{} {} ({})", device_.number, device_.uuid, device_.name);
}

std::unique_ptr<Group> NcclBackend::join(Communicator& members)
{
    return std::make_unique<NcclGroup>(GroupSetup{.flavour = flavour_,
                                                  .libraries = *libraries_,
                                                  .device = device_,
                                                  .settings = settings_,
                                                  .compute = compute_},
                                       members);
}

Availability find_libraries(const Flavour& flavour, const std::string& library)
{
    try {
        const Libraries libraries(flavour, library);
        const std::string version =
            fmt::format("{} {}", flavour.library, version_text(libraries.collectives.version()));
        int devices = 0;
        const cuda::Error code = libraries.runtime.get_device_count(&devices);
        if (code != cuda::success || devices < 1) {
            return {version, fmt::format("{} is here, but no device ({}GetDeviceCount: code {}, {})", version,
                                         flavour.runtime_prefix, code, libraries.runtime.describe(code))};
        }
        const std::string remark =
            libraries.stand_in() ? "a stand-in, not the real library" : "never run on hardware by this project";
        return {version, std::nullopt, fmt::format("{} devices; {}", devices, remark)};
    } catch (const ConfigError& error) {
        return {"", error.what()};
    }
}

}  // namespace plumbline::nccl
