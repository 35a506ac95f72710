// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

namespace plumbline::mpi {

/// Throws BackendError with the library's own words for `code`.
[[noreturn]] void throw_backend_error(int code, const char* call);

/// Throws BackendError unless `code`, which `call` returned, is MPI_SUCCESS.
inline void check(int code, const char* call)
{
    if (code != MPI_SUCCESS) [[unlikely]] {
        throw_backend_error(code, call);
    }
}

}  // namespace plumbline::mpi
