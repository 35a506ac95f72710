// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/session.hpp"

#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/communicator_pool.hpp"
#include "collectives/backends/mpi/device_memory.hpp"
#include "collectives/backends/mpi/mpi_backend.hpp"
#include "collectives/backends/mpi/mpi_communicator.hpp"
#include "collectives/backends/mpi/simulator.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline::mpi {

namespace {

/// MPI from init to finalize.
class Library {
public:
    Library(int* argc, char*** argv) : exceptions_(std::uncaught_exceptions())
    {
        // As the codes and suites do that are compared with: one thread makes all calls, and with a higher thread level
        // Open MPI 4.1 takes locks that cost a fifth of a small allreduce. A user who wants that level measured sets
        // the library's own variable (OMPI_MPI_THREAD_LEVEL); what was provided is a fact of the run.
        check(MPI_Init(argc, argv), "MPI_Init");
        MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    }

    ~Library()
    {
        // Finalising waits for the other ranks, and they may wait for what this one will never do.
        if (std::uncaught_exceptions() == exceptions_) {
            MPI_Finalize();
        }
    }

    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

private:
    int exceptions_;
};

/// What stands behind `name` on its line, without blanks around it; nothing where there is no such line.
std::optional<std::string> line_after(std::string_view text, std::string_view name)
{
    const std::size_t at = text.find(name);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view line = text.substr(at + name.size());
    line = line.substr(0, line.find('\n'));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return std::string(line.substr(0, line.find_last_not_of(" \t\r") + 1));
}

MPI_Comm copy_of(MPI_Comm comm)
{
    MPI_Comm copy = MPI_COMM_NULL;
    check(MPI_Comm_dup(comm, &copy), "MPI_Comm_dup");
    return copy;
}

/// The ranks that this one shares memory with.
struct RanksBeside {
    int count = 0;
    int first = 0;
};

RanksBeside find_ranks_beside(const CommunicatorPool& pool)
{
    MPI_Comm host = MPI_COMM_NULL;
    check(MPI_Comm_split_type(pool.world(), MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host), "MPI_Comm_split_type");
    RanksBeside beside{.count = size_of(host), .first = 0};
    check(MPI_Comm_rank(pool.world(), &beside.first), "MPI_Comm_rank");
    check(MPI_Bcast(&beside.first, 1, MPI_INT, 0, host), "MPI_Bcast");
    check(MPI_Comm_free(&host), "MPI_Comm_free");
    return beside;
}

}  // namespace

struct Session::Impl {
    Impl(int* argc, char*** argv) : library(argc, argv)
    {
        // A copy takes SMPI 12 bytes a rank on each rank, gigabytes at 12,288; there the planes share a communicator:
        // an operation and a control message never overlap, and messages between two ranks keep their order.
        if (!library_is_simulator()) {
            separate_data.emplace(copy_of(MPI_COMM_WORLD));
        }
    }

    CommunicatorPool& data() { return separate_data ? *separate_data : control; }

    Library library;
    CommunicatorPool control{MPI_COMM_WORLD};  // which nothing else in this program uses
    std::optional<CommunicatorPool> separate_data;
    MpiCommunicator world{control};
    RanksBeside beside = find_ranks_beside(control);
};

Session::Session(int* argc, char*** argv) : impl_(std::make_unique<Impl>(argc, argv)) {}

Session::~Session() = default;

Communicator& Session::world()
{
    return impl_->world;
}

int Session::first_rank_beside() const
{
    return impl_->beside.first;
}

std::unique_ptr<Backend> Session::make_backend(int max_count)
{
    return std::make_unique<MpiBackend>(impl_->data(), impl_->beside.count, max_count);
}

std::unique_ptr<Backend> Session::make_backend(const BackendSetup& setup)
{
    const Options options = read_options(setup.options);
    require_huge_pages(options.placement, setup);
    auto memory = DeviceMemory::open(setup, options, cuda_awareness());
    const bool on_device = memory != nullptr;
    auto backend =
        std::make_unique<MpiBackend>(impl_->data(), impl_->beside.count, INT_MAX, std::move(memory), options.placement);
    if (on_device) {
        require_exchange(*backend, setup);
    }
    return backend;
}

std::string library_version()
{
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> buffer{};
    int length = 0;
    check(MPI_Get_library_version(buffer.data(), &length), "MPI_Get_library_version");
    const std::string_view text(buffer.data());
    const std::string_view open_mpi = "Open MPI v";
    if (text.starts_with(open_mpi)) {
        const std::string_view version = text.substr(open_mpi.size());
        return fmt::format("Open MPI {}", version.substr(0, version.find_first_of(", \n")));
    }
    // "MPICH Version:      4.0.2\nMPICH Release date: ..."
    constexpr std::string_view mpich = "MPICH Version:";
    if (const auto version = line_after(text, mpich)) {
        return fmt::format("MPICH {}", *version);
    }
    return std::string(text.substr(0, text.find('\n')));
}

std::string library_device()
{
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> buffer{};
    int length = 0;
    check(MPI_Get_library_version(buffer.data(), &length), "MPI_Get_library_version");
    return line_after(buffer.data(), "MPICH Device:").value_or("");
}

}  // namespace plumbline::mpi
