// SPDX-License-Identifier: Apache-2.0
/// In place of mpi_modules.cpp in a build for SimGrid's SMPI, whose ranks are one process that loads the program.
#include "collectives/backends/mpi/module.hpp"
#include "harness/launch/mpi_modules.hpp"

namespace plumbline::app {

const MpiModule& mpi_module(const std::string& /*path*/, const Variables& /*get*/)
{
    return *plumbline_mpi_module();
}

std::string file_of(const MpiModule& /*module*/)
{
    return "";
}

std::vector<std::string> mpi_flavours(const Variables& /*get*/)
{
    return {"smpi"};
}

}  // namespace plumbline::app
