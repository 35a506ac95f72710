// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/session.hpp"

#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/communicator_pool.hpp"
#include "collectives/backends/mpi/device_memory.hpp"
#include "collectives/backends/mpi/mpi_backend.hpp"
#include "collectives/backends/mpi/mpi_communicator.hpp"
#include "collectives/backends/mpi/simulator.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace plumbline::mpi {
static int status_at_end_of_process(int status);
}

/// Open MPI leaves a start that failed by _exit(1): this definition goes before the C library's.
extern "C" void _exit(int status)
{
    ::syscall(SYS_exit_group, plumbline::mpi::status_at_end_of_process(status));
    __builtin_unreachable();
}

namespace plumbline::mpi {

namespace {

const char* environment_variable(const char* name)
{
    return std::getenv(name);
}

/// A positive number, 0 for anything else.
int parse_ranks(const char* text)
{
    const std::string_view digits = text == nullptr ? "" : text;
    int ranks = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ranks);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
    return whole && ranks > 0 ? ranks : 0;
}

// A library that can't start ends the process itself, with a status that says FAIL here. What runs at the end can reach
// nothing but a static variable.
std::atomic<bool> starting{false};

/// The status to end with; says why where MPI_Init is what ends the process.
int status_at_end(int status)
{
    if (!starting) {
        return status;
    }
    constexpr std::string_view sentence =
        "plumbline: MPI could not start and ended the process (its own lines say why). Check the launcher and its "
        "options\n";
    const auto ignored = ::write(STDERR_FILENO, sentence.data(), sentence.size());
    static_cast<void>(ignored);
    constexpr int broken = 5;
    return broken;
}

void end_of_a_broken_start()
{
    if (starting) {
        ::syscall(SYS_exit_group, status_at_end(0));
    }
}

/// MPI from init to finalize.
class Library {
public:
    Library(int* argc, char*** argv) : exceptions_(std::uncaught_exceptions())
    {
        // As the codes and suites do that are compared with: one thread makes all calls, and with a higher thread level
        // Open MPI 4.1 takes locks that cost a fifth of a small allreduce. A user who wants that level measured sets
        // the library's own variable (OMPI_MPI_THREAD_LEVEL); what was provided is a fact of the run.
        std::atexit(end_of_a_broken_start);
        starting = true;
        const int status = MPI_Init(argc, argv);
        starting = false;
        check(status, "MPI_Init");
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

void refuse_wrong_launcher(int size)
{
    std::string who;
    const int announced = announced_ranks(&environment_variable, who);
    if (announced > 1 && size == 1) {
        throw ConfigError(
            fmt::format("MPI sees 1 rank where {} announces {} (this program was started with the launcher of another "
                        "MPI). Use the mpirun of {}",
                        who, announced, library_version()));
    }
}

}  // namespace

/// For the one definition of _exit() below.
int status_at_end_of_process(int status)
{
    return status_at_end(status);
}

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

Session::Session(int* argc, char*** argv) : impl_(std::make_unique<Impl>(argc, argv))
{
    try {
        refuse_wrong_launcher(impl_->world.size());
    } catch (const ConfigError&) {
        // Alone, so that finalising can't block; a rank that leaves without it would look like a crash.
        impl_.reset();
        throw;
    }
}

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
    auto memory = DeviceMemory::open(setup, cuda_awareness());
    const bool on_device = memory != nullptr;
    auto backend = std::make_unique<MpiBackend>(impl_->data(), impl_->beside.count, INT_MAX, std::move(memory));
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
    return std::string(text.substr(0, text.find('\n')));
}

int announced_ranks(const char* (*get)(const char*), std::string& who)
{
    // Of a Slurm allocation only the step counts: SLURM_NTASKS is also set in a plain salloc shell.
    for (const char* const name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "JSM_NAMESPACE_SIZE",
                                   "FLUX_JOB_SIZE", "PALS_LOCAL_SIZE"}) {
        const int ranks = parse_ranks(get(name));
        if (ranks > 0) {
            who = name;
            return ranks;
        }
    }
    // PALS says which rank this is, and nothing of all ranks.
    if (const int last = parse_ranks(get("PALS_RANKID")); last > 0) {
        who = "PALS_RANKID";
        return last + 1;
    }
    return 0;
}

}  // namespace plumbline::mpi
