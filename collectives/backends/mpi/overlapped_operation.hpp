// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/mpi/collective_operation.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace plumbline::mpi {

/// `call` as a non-blocking collective: start() posts it, test() tests it, finish() waits. Operations of one group
/// must be started in the same order on all ranks. Throws BackendError where no_nonblocking_form() has a reason.
std::unique_ptr<Operation> make_overlapped(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call,
                                           std::byte* send, std::byte* recv);

/// The memory of one operation of a chain.
struct ChainLink {
    std::byte* send = nullptr;
    std::byte* recv = nullptr;
};

/// `call` once for each of `links`, outstanding at the same time on one communicator (MPI 3.1, 5.12): start() posts
/// them all, finish() waits for them all at once. What they receive into must be memory of its own for each; they may
/// send from the same. Throws as make_overlapped().
std::unique_ptr<Operation> make_chain(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call,
                                      std::span<const ChainLink> links);

/// Why MPI has no single non-blocking form of `call` here (counts beyond int, point to point), one sentence.
std::optional<std::string> no_nonblocking_form(const CollectiveCall& call, int max_count);

}  // namespace plumbline::mpi
