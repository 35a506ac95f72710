// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/mpi_backend.hpp"

#include "collectives/backends/device/start.hpp"
#include "collectives/backends/host/host_clock.hpp"
#include "collectives/backends/host/host_compute.hpp"
#include "collectives/backends/mpi/algorithm_control.hpp"
#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/mpi_group.hpp"
#include "collectives/backends/mpi/session.hpp"
#include "collectives/backends/mpi/simulator.hpp"
#include "collectives/operations/payload.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/secrets.hpp"

#include <fmt/format.h>
#include <mpi.h>
#if defined(OPEN_MPI) && __has_include(<mpi-ext.h>)
#include <mpi-ext.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::mpi {

namespace {

/// Collective over the launch: one moment for all ranks of a host, so that they read the same clock.
long origin_of_host_s(const CommunicatorPool& plane)
{
    MPI_Comm host = MPI_COMM_NULL;
    check(MPI_Comm_split_type(plane.world(), MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host), "MPI_Comm_split_type");
    long origin_s = monotonic_second();
    check(MPI_Bcast(&origin_s, 1, MPI_LONG, 0, host), "MPI_Bcast");
    check(MPI_Comm_free(&host), "MPI_Comm_free");
    return origin_s;
}

std::unique_ptr<Clock> make_clock(const CommunicatorPool& plane, bool simulated)
{
    if (simulated) {
        int rank = 0;
        check(MPI_Comm_rank(plane.world(), &rank), "MPI_Comm_rank");
        return std::make_unique<SimulatedClock>(make_simulated_clock(rank));
    }
    return std::make_unique<HostClock>(origin_of_host_s(plane));
}

double fastest(CommunicatorPool& plane, double steps_per_s)
{
    double best = 0;
    check(MPI_Allreduce(&steps_per_s, &best, 1, MPI_DOUBLE, MPI_MAX, plane.world()), "MPI_Allreduce");
    return best;
}

std::string standard_version()
{
    int version = 0;
    int subversion = 0;
    check(MPI_Get_version(&version, &subversion), "MPI_Get_version");
    return fmt::format("{}.{}", version, subversion);
}

std::string thread_level()
{
    int level = MPI_THREAD_SINGLE;
    check(MPI_Query_thread(&level), "MPI_Query_thread");
    switch (level) {
        case MPI_THREAD_SINGLE:
            return "single";
        case MPI_THREAD_FUNNELED:
            return "funneled";
        case MPI_THREAD_SERIALIZED:
            return "serialized";
        default:
            return "multiple";
    }
}

/// The libraries' parameters that choose transports and algorithms, where the user set them.
Facts chosen_parameters()
{
    constexpr std::array<std::string_view, 9> chosen{"OMPI_MCA_btl", "OMPI_MCA_coll", "OMPI_MCA_mpi_yield_when_idle",
                                                     "OMPI_MCA_mtl", "OMPI_MCA_osc",  "OMPI_MCA_pml",
                                                     "MPIR_CVAR_",   "MPICH_",        "I_MPI_"};
    Facts facts;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        const bool wanted = std::any_of(chosen.begin(), chosen.end(),
                                        [&](std::string_view prefix) { return text.starts_with(prefix); });
        if (wanted && equals != std::string_view::npos && !is_secret_name(text.substr(0, equals))) {
            facts.emplace_back(text.substr(0, equals), without_secrets(text.substr(equals + 1)));
        }
    }
    std::sort(facts.begin(), facts.end());
    return facts;
}

LibraryKind kind_of_library(bool simulated, const DeviceMemory* memory)
{
    if (memory != nullptr && memory->runtime().is_fake()) {
        return LibraryKind::fake;
    }
    return simulated ? LibraryKind::simulated : LibraryKind::real;
}

/// `memory`: null for the host's.
BackendInfo describe(bool simulated, const DeviceMemory* memory, const HostPlacement& placement)
{
    BackendInfo info{.name = "mpi", .kind = kind_of_library(simulated, memory)};
    info.facts = {{"library", library_version()},
                  {"mpi_standard", standard_version()},
                  {"thread_level", thread_level()},
                  {"cuda_aware", cuda_awareness()}};
    if (const std::string device = library_device(); !device.empty()) {
        info.facts.emplace_back("device", device);
    }
    if (memory != nullptr) {
        info.facts.emplace_back("memory", "of devices, by " + memory->source());
        info.device = device::describe(memory->device());
        info.can_synchronize = false;
    }
    const Facts of_placement = facts_of(placement);
    info.facts.insert(info.facts.end(), of_placement.begin(), of_placement.end());
    const Facts parameters = chosen_parameters();
    info.facts.insert(info.facts.end(), parameters.begin(), parameters.end());
    return info;
}

}  // namespace

std::string cuda_awareness()
{
#if defined(OMPI_HAVE_MPI_EXT_CUDA) && OMPI_HAVE_MPI_EXT_CUDA
    return MPIX_Query_cuda_support() == 1 ? "yes" : "no";
#else
    return "unknown";
#endif
}

MpiBackend::MpiBackend(CommunicatorPool& data_plane, int ranks_on_host, int max_count,
                       std::unique_ptr<DeviceMemory> memory, const HostPlacement& placement)
    : data_plane_(data_plane),
      simulated_(library_is_simulator()),
      clock_(make_clock(data_plane, simulated_)),
      ranks_on_host_(ranks_on_host),
      max_count_(max_count),
      compute_steps_per_s_(simulated_ ? 0 : fastest(data_plane, calibrate_compute(*clock_))),
      memory_(std::move(memory)),
      placement_(placement),
      info_(describe(simulated_, memory_.get(), placement_))
{
}

std::unique_ptr<Group> MpiBackend::make_group(Communicator& members)
{
    return std::make_unique<MpiGroup>(*this, data_plane_.over(members.members()).comm);
}

AvailableAlgorithms MpiBackend::available() const
{
    return offered_algorithms();
}

std::unique_ptr<Group> MpiBackend::make_group(const AlgorithmChoice& choice, Communicator& members)
{
    const ForcedAlgorithm forced(choice);
    return std::make_unique<MpiGroup>(*this, data_plane_.another_over(members.members()), choice);
}

void require_exchange(MpiBackend& backend, const BackendSetup& setup)
{
    constexpr std::uint64_t count = 1000;
    const auto group = backend.make_group(setup.world);
    std::optional<std::string> objection;
    const auto object = [&](const std::string& why) {
        if (!objection) {
            objection = fmt::format("rank {} on {}: {}. Try memory: host", setup.world.rank(), setup.host_name, why);
        }
    };
    const auto attempt = [&](const auto& work) {
        try {
            work();
        } catch (const BackendError& error) {
            object(fmt::format("MPI fails with device memory: {}", error.what()));
        }
    };
    std::vector<std::byte> data(count * size_of(DataType::int32));
    std::unique_ptr<Buffer> send;
    std::unique_ptr<Buffer> recv;
    try {
        send = group->allocate(data.size());
        recv = group->allocate(data.size());
    } catch (const BackendError& error) {
        object(error.what());
    } catch (const std::bad_alloc&) {
        object("its device has no memory left");
    }
    device::require_no_objection(setup, objection);
    for (const Collective collective : {Collective::sendrecv, Collective::allreduce}) {
        const CollectiveCall call{.collective = collective, .dtype = DataType::int32, .count = count};
        fill_input(call, group->rank(), group->size(), 0, data);
        // Each by itself: the others wait for this rank in the exchange.
        attempt([&] { send->upload(0, data); });
        attempt([&] {
            const auto operation = group->prepare(call, *send, *recv);
            operation->start();
            operation->finish();
        });
        attempt([&] { recv->download(0, data); });
        if (const auto mismatch = check_output(call, group->rank(), group->size(), 0, data)) {
            object(fmt::format("MPI's {} of device memory gives wrong data: element {} is {} instead of {}",
                               name(collective), mismatch->element, mismatch->got, mismatch->expected));
        }
    }
    device::require_no_objection(setup, objection);
}

}  // namespace plumbline::mpi
