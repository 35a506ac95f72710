// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "collectives/backends/mpi/communicator_pool.hpp"

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

namespace plumbline::mpi {

/// The control plane over MPI. Two of them over the same ranks share one MPI communicator.
class MpiCommunicator final : public Communicator {
public:
    /// Collective over `members`, world ranks. `pool` must outlive it. Throws BackendError, as every member
    /// does.
    MpiCommunicator(CommunicatorPool& pool, std::span<const int> members);
    /// All world ranks.
    explicit MpiCommunicator(CommunicatorPool& pool);

    int rank() const override { return rank_; }
    int size() const override { return static_cast<int>(members_.size()); }
    std::span<const int> members() const override { return members_; }

    void barrier() override;
    void broadcast(std::span<std::byte> data, int root) override;
    void gather(std::span<const std::byte> mine, std::span<std::byte> all, int root) override;
    std::int64_t allreduce_max(std::int64_t value) override;
    std::int64_t allreduce_max_sleeping(std::int64_t value) override;
    void allreduce_max_each(std::span<double> values) override;

    void send(std::span<const std::byte> data, int to) override;
    std::vector<std::byte> receive(int from) override;

    std::unique_ptr<Communicator> subgroup(std::span<const int> ranks) override;
    [[noreturn]] void abort(int status) override;

private:
    MpiCommunicator(CommunicatorPool& pool, const CommunicatorPool::Entry& entry);
    std::vector<std::byte> take_own_message();

    CommunicatorPool& pool_;
    std::span<const int> members_;  ///< in the pool
    MPI_Comm comm_;
    int rank_;
    std::deque<std::vector<std::byte>> own_messages_;  ///< a blocking send to oneself would never return
};

}  // namespace plumbline::mpi
