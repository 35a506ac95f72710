// SPDX-License-Identifier: Apache-2.0
/// host_backend_overhead mpi|gloo: nanoseconds of a start() and finish() pair of that backend, whose allreduce is
/// replaced by one that does nothing: the linker takes those of this program.
#include "collectives/backends/mpi/session.hpp"
#include "harness/launch/loaded_module.hpp"
#include "tests/benchmark/pair_cost.hpp"
#include "tests/support/self_communicator.hpp"

#include <gloo/allreduce.h>
#include <mpi.h>

#include <cstdio>
#include <exception>
#include <string_view>

namespace {

int calls = 0;

}  // namespace

extern "C" int MPI_Allreduce(const void*, void*, int, MPI_Datatype, MPI_Op, MPI_Comm)
{
    ++calls;
    return MPI_SUCCESS;
}

namespace gloo {

void allreduce(const AllreduceOptions&)
{
    ++calls;
}

}  // namespace gloo

int main(int argc, char** argv)
{
    using namespace plumbline;
    const std::string_view name = argc == 2 ? argv[1] : "";
    if (name != "mpi" && name != "gloo") {
        std::fputs("usage: host_backend_overhead mpi|gloo\n", stderr);
        return 2;
    }
    try {
        mpi::Session session(nullptr, nullptr);
        Communicator& world = session.world();
        test::SelfCommunicator host;
        const auto backend = name == "mpi"
                                 ? session.make_backend()
                                 : app::loaded_module("gloo", "")
                                       .make({.world = world, .host = host, .host_name = "here", .library = ""});
        const auto group = backend->make_group(world);
        calls = 0;
        const double cost_ns = test::allreduce_cost_ns(*group);
        if (calls == 0) {
            std::fputs("host_backend_overhead: the library's own call was made, not the one that does nothing\n",
                       stderr);
            return 2;
        }
        std::printf("%.1f\n", cost_ns);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "host_backend_overhead: %s\n", error.what());
        return 2;
    }
}
