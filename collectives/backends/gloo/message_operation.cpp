// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/message_operation.hpp"

#include "collectives/backends/gloo/guarded.hpp"

#include <gloo/transport/unbound_buffer.h>

#include <cstring>
#include <utility>

namespace plumbline::gloo_backend {

namespace {

// Gloo's collectives have small numbers in these bits (gloo/types.h: prefix, tag, step).
constexpr int prefix_shift = 40;
constexpr std::uint64_t tag_prefix = 0xF0;
constexpr std::uint64_t collective_prefix = 0xF1;

class Send final : public Operation {
public:
    Send(::gloo::Context& context, const Transfer& transfer)
        : buffer_(context.createUnboundBuffer(transfer.data, transfer.bytes)), transfer_(transfer)
    {
    }
    void start() override
    {
        guarded("gloo::transport::UnboundBuffer::send",
                [this] { buffer_->send(transfer_.peer, transfer_.slot, 0, transfer_.bytes); });
    }
    void finish() override
    {
        guarded("gloo::transport::UnboundBuffer::waitSend", [this] { buffer_->waitSend(); });
    }

private:
    std::unique_ptr<::gloo::transport::UnboundBuffer> buffer_;
    Transfer transfer_;
};

class Receive final : public Operation {
public:
    Receive(::gloo::Context& context, const Transfer& transfer)
        : buffer_(context.createUnboundBuffer(transfer.data, transfer.bytes)), transfer_(transfer)
    {
    }
    void start() override
    {
        guarded("gloo::transport::UnboundBuffer::recv",
                [this] { buffer_->recv(transfer_.peer, transfer_.slot, 0, transfer_.bytes); });
    }
    void finish() override
    {
        guarded("gloo::transport::UnboundBuffer::waitRecv", [this] { buffer_->waitRecv(); });
    }

private:
    std::unique_ptr<::gloo::transport::UnboundBuffer> buffer_;
    Transfer transfer_;
};

class SelfSend final : public Operation {
public:
    SelfSend(SelfMessages::Slot& slot, const std::byte* data) : slot_(slot), data_(data) {}
    void start() override { slot_.data = data_; }
    void finish() override {}

private:
    SelfMessages::Slot& slot_;
    const std::byte* data_;
};

class SelfReceive final : public Operation {
public:
    SelfReceive(SelfMessages::Slot& slot, const Transfer& transfer) : slot_(slot), transfer_(transfer) {}
    void start() override {}
    void finish() override
    {
        if (transfer_.bytes > 0) {
            std::memcpy(transfer_.data, slot_.data, transfer_.bytes);
        }
    }

private:
    SelfMessages::Slot& slot_;
    Transfer transfer_;
};

class Sequence final : public Operation {
public:
    explicit Sequence(std::vector<std::unique_ptr<Operation>> messages) : messages_(std::move(messages)) {}
    void start() override
    {
        for (const auto& message : messages_) {
            message->start();
            message->finish();
        }
    }
    void finish() override {}

private:
    std::vector<std::unique_ptr<Operation>> messages_;
};

}  // namespace

std::unique_ptr<Operation> make_send(::gloo::Context& context, SelfMessages& self, const Transfer& transfer)
{
    if (transfer.peer == context.rank) {
        return std::make_unique<SelfSend>(self.slot(transfer.slot), transfer.data);
    }
    return std::make_unique<Send>(context, transfer);
}

std::unique_ptr<Operation> make_receive(::gloo::Context& context, SelfMessages& self, const Transfer& transfer)
{
    if (transfer.peer == context.rank) {
        return std::make_unique<SelfReceive>(self.slot(transfer.slot), transfer);
    }
    return std::make_unique<Receive>(context, transfer);
}

std::unique_ptr<Operation> make_sequence(std::vector<std::unique_ptr<Operation>> messages)
{
    return std::make_unique<Sequence>(std::move(messages));
}

std::uint64_t slot_of_tag(int tag)
{
    return (tag_prefix << prefix_shift) + static_cast<std::uint32_t>(tag);
}

std::uint64_t slot_of_collective(int message)
{
    return (collective_prefix << prefix_shift) + static_cast<std::uint32_t>(message);
}

}  // namespace plumbline::gloo_backend
