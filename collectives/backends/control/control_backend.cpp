// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/control/control_backend.hpp"

#include "collectives/api/blocking_operation.hpp"
#include "collectives/backends/host/host_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::control {

namespace {

constexpr const char* not_measured = "the control plane is no library that is measured";

/// Waits in finish(), where the other rank's message is due.
template <class Call>
class LateOperation final : public Operation {
public:
    explicit LateOperation(Call call) : call_(std::move(call)) {}
    void start() override {}
    void finish() override { call_(); }

private:
    Call call_;
};

class ControlGroup final : public Group {
public:
    explicit ControlGroup(Communicator& members) : Group(members.rank(), members.size()), members_(members) {}

    std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse /*use*/) override
    {
        return std::make_unique<HostBuffer>(bytes);
    }
    std::uint64_t available_bytes(MemoryUse /*use*/) const override { return available_host_bytes(); }
    std::optional<std::string> unsupported_reason(const CollectiveCall& /*call*/) const override
    {
        return not_measured;
    }
    std::unique_ptr<Operation> prepare(const CollectiveCall& /*call*/, Buffer& /*send*/, Buffer& /*recv*/) override
    {
        throw std::logic_error(not_measured);
    }
    std::unique_ptr<Operation> prepare_compute(const ComputeCall& /*call*/) override
    {
        throw std::logic_error(not_measured);
    }
    std::unique_ptr<Operation> prepare_send(int peer, int /*tag*/, Buffer& buffer, std::uint64_t bytes) override
    {
        return blocking([this, peer, memory = bytes_of(buffer, bytes)] { members_.send(memory, peer); });
    }
    std::unique_ptr<Operation> prepare_receive(int peer, int /*tag*/, Buffer& buffer, std::uint64_t bytes) override
    {
        bytes_of(buffer, bytes);
        auto receive = [this, peer, &buffer, bytes] {
            const std::vector<std::byte> data = members_.receive(peer);
            if (data.size() != bytes) {
                throw std::logic_error("a message of the control plane has another length than its receiver expects");
            }
            buffer.upload(0, data);
        };
        return std::make_unique<LateOperation<decltype(receive)>>(std::move(receive));
    }
    void synchronize() override { members_.barrier(); }

private:
    static std::span<const std::byte> bytes_of(Buffer& buffer, std::uint64_t bytes)
    {
        const auto& memory = dynamic_cast<HostBuffer&>(buffer);
        if (bytes > memory.size_bytes()) {
            throw std::logic_error("a message is longer than its buffer");
        }
        return {memory.data(), static_cast<std::size_t>(bytes)};
    }

    Communicator& members_;
};

}  // namespace

ControlBackend::ControlBackend(HostClock clock)
    : clock_(clock), info_{.name = "control", .facts = {{"library", "plumbline's control plane"}}}
{
}

std::unique_ptr<Group> ControlBackend::make_group(Communicator& members)
{
    return std::make_unique<ControlGroup>(members);
}

}  // namespace plumbline::control
