// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/gloo_backend.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/backends/gloo/connect_members.hpp"
#include "collectives/backends/gloo/gloo_group.hpp"
#include "collectives/backends/gloo/guarded.hpp"
#include "collectives/util/error.hpp"

#include <gloo/barrier.h>
#include <gloo/config.h>
#include <gloo/rendezvous/context.h>
#include <gloo/transport/tcp/device.h>

#include <dlfcn.h>
#include <fmt/format.h>
#include <netdb.h>

#include <optional>
#include <stdexcept>

namespace plumbline::gloo_backend {

namespace {

/// Where the library lies that this process really calls.
std::string library_path()
{
    Dl_info info{};
    const bool known = dladdr(reinterpret_cast<void*>(&::gloo::barrier), &info) != 0 && info.dli_fname != nullptr;
    return known ? info.dli_fname : "unknown";
}

::gloo::transport::tcp::attr address(const BackendSetup& setup, const Settings& settings)
{
    ::gloo::transport::tcp::attr attr;
    const bool one_host = setup.host.size() == setup.world.size();
    if (!settings.interface.empty()) {
        attr.iface = settings.interface;
    } else {
        attr.hostname = one_host ? "127.0.0.1" : setup.host_name;
    }
    return attr;
}

/// Gloo looks into the answer of the resolver without asking whether there is one.
void require_address(const std::string& host)
{
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(host.c_str(), nullptr, nullptr, &found);
    if (error != 0) {
        throw std::runtime_error(fmt::format("the name '{}' leads to no address: {}", host, ::gai_strerror(error)));
    }
    ::freeaddrinfo(found);
}

/// Collective over setup.world.
std::shared_ptr<::gloo::transport::Device> open_device(const BackendSetup& setup, const Settings& settings)
{
    std::shared_ptr<::gloo::transport::Device> device;
    std::optional<std::string> objection;
    try {
        const ::gloo::transport::tcp::attr where = address(setup, settings);
        if (where.iface.empty()) {
            require_address(where.hostname);
        }
        device = ::gloo::transport::tcp::CreateDevice(where);
    } catch (const std::exception& error) {
        objection = fmt::format(
            "rank {} on {} can't open Gloo's TCP device{} ({}). Name an interface with "
            "backend_options.interface",
            setup.world.rank(), setup.host_name, settings.interface.empty() ? "" : " on " + settings.interface,
            without_source_line(error.what()));
    }
    if (const auto why = first_error(setup.world, objection)) {
        throw ConfigError(*why);
    }
    return device;
}

BackendInfo describe(const ::gloo::transport::Device& device, const Settings& settings)
{
    BackendInfo info{.name = "gloo"};
    info.facts = {{"library", library_version()},
                  {"library file", library_path()},
                  {"transport", device.str()},
                  {"allreduce algorithm", std::string(gloo_backend::name(settings.allreduce))},
                  {"timeout", fmt::format("{} ms", settings.timeout.count())}};
    const Facts placement = facts_of(settings.placement);
    info.facts.insert(info.facts.end(), placement.begin(), placement.end());
    // Its device works by a thread that reads and writes the sockets. While it finds a pair locked it polls, and where
    // it has taken the rank's core to do so, that goes on for a slice of the scheduler's.
    info.threads_per_rank = 2;
    return info;
}

}  // namespace

std::string library_version()
{
    return fmt::format("Gloo {}.{}.{}", GLOO_VERSION_MAJOR, GLOO_VERSION_MINOR, GLOO_VERSION_PATCH);
}

GlooBackend::GlooBackend(const BackendSetup& setup)
    : settings_(read_settings(setup.options)),
      ranks_on_host_(setup.host.size()),
      clock_(make_host_clock(setup.host)),
      compute_(setup.world, clock_),
      device_(open_device(setup, settings_)),
      info_(describe(*device_, settings_))
{
    require_huge_pages(settings_.placement, setup);
}

std::unique_ptr<Group> GlooBackend::make_group(Communicator& members)
{
    return make_group_with(settings_, members);
}

AvailableAlgorithms GlooBackend::available() const
{
    return {.of = {{Collective::allreduce, allreduce_algorithms()}}, .why_not = ""};
}

std::unique_ptr<Group> GlooBackend::make_group(const AlgorithmChoice& choice, Communicator& members)
{
    if (choice.collective != Collective::allreduce) {
        throw std::logic_error("only allreduce has a choice");
    }
    Settings settings = settings_;
    settings.allreduce = parse_algorithm(choice.name);
    return make_group_with(settings, members);
}

std::unique_ptr<Group> GlooBackend::make_group_with(const Settings& settings, Communicator& members)
{
    return std::make_unique<GlooGroup>(connect_members(members, device_, settings_.timeout), settings, ranks_on_host_,
                                       compute_);
}

}  // namespace plumbline::gloo_backend
