// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

#include <cstdint>
#include <utility>

namespace plumbline::mpi {

/// Owns a committed derived datatype. Must not outlive the session.
class Datatype {
public:
    Datatype() = default;
    /// Commits and takes over `type`. Throws BackendError.
    explicit Datatype(MPI_Datatype type);
    ~Datatype();
    Datatype(Datatype&& other) noexcept : type_(std::exchange(other.type_, MPI_DATATYPE_NULL)) {}
    Datatype& operator=(Datatype&& other) noexcept
    {
        std::swap(type_, other.type_);
        return *this;
    }

    MPI_Datatype get() const { return type_; }

private:
    MPI_Datatype type_ = MPI_DATATYPE_NULL;
};

/// Owns a commutative user-defined reduction. Must not outlive the session.
class Reduction {
public:
    Reduction() = default;
    /// Throws BackendError.
    explicit Reduction(MPI_User_function* function);
    ~Reduction();
    Reduction(Reduction&& other) noexcept : op_(std::exchange(other.op_, MPI_OP_NULL)) {}
    Reduction& operator=(Reduction&& other) noexcept
    {
        std::swap(op_, other.op_);
        return *this;
    }

    MPI_Op get() const { return op_; }

private:
    MPI_Op op_ = MPI_OP_NULL;
};

}  // namespace plumbline::mpi
