// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/check.hpp"

#include "collectives/util/error.hpp"

#include <array>
#include <string>

namespace plumbline::mpi {

void throw_backend_error(int code, const char* call)
{
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int length = 0;
    if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) {
        throw BackendError(call, code, "an error that MPI has no text for");
    }
    throw BackendError(call, code, std::string(text.data(), static_cast<std::size_t>(length)));
}

}  // namespace plumbline::mpi
