// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/module.hpp"

#include "collectives/backends/mpi/algorithm_control.hpp"
#include "collectives/backends/mpi/session.hpp"
#include "collectives/backends/mpi/simulator.hpp"

#include <memory>

namespace plumbline::mpi {

namespace {

class ModuleSession final : public MpiSession {
public:
    Communicator& world() override { return session_.world(); }
    int first_rank_beside() const override { return session_.first_rank_beside(); }
    std::unique_ptr<Backend> make_sync_backend(Communicator& /*host*/) override { return session_.make_backend(); }
    std::unique_ptr<Backend> make_backend(const BackendSetup& setup) override { return session_.make_backend(setup); }

private:
    Session session_{nullptr, nullptr};
};

std::unique_ptr<MpiSession> start()
{
    return std::make_unique<ModuleSession>();
}

}  // namespace

}  // namespace plumbline::mpi

const plumbline::MpiModule* plumbline_mpi_module()
{
    using namespace plumbline::mpi;
    static constexpr plumbline::MpiModule module{.program_version = PLUMBLINE_VERSION,
                                                 .library_version = library_version,
                                                 .is_simulator = library_is_simulator,
                                                 .host_name = host_name,
                                                 .allow_algorithms = allow_algorithms,
                                                 .start = start};
    return &module;
}
