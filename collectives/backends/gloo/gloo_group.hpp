// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/group.hpp"
#include "collectives/backends/gloo/collective_operation.hpp"
#include "collectives/backends/host/host_compute.hpp"

#include <gloo/context.h>

#include <memory>
#include <optional>
#include <string>

namespace plumbline::gloo_backend {

/// The ranks of one Gloo context.
class GlooGroup final : public Group {
public:
    /// `ranks_on_host`: world ranks that share this host's memory. `compute` must outlive it.
    GlooGroup(std::shared_ptr<::gloo::Context> context, const Settings& settings, int ranks_on_host,
              const HostCompute& compute);

    std::optional<std::string> unsupported_reason(const CollectiveCall& call) const override;
    std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse use) override;
    /// Four fifths of what the host can give, shared evenly by the world ranks on it.
    std::uint64_t available_bytes(MemoryUse use) const override;
    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override;
    std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::optional<std::string> unsupported_compute(const ComputeCall& call) const override
    {
        return unsupported_on_host(call);
    }
    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override;
    /// No rank starts before all have their receive buffers in place.
    void connect() override { synchronize(); }
    void synchronize() override;

private:
    SelfMessages self_;
    Endpoint at_;
    int ranks_on_host_;
    const HostCompute& compute_;
};

}  // namespace plumbline::gloo_backend
