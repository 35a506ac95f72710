// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/util/error.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::test {

/// What goes wrong, and on which rank of the group.
struct Fault {
    enum class Kind { none, wrong_element, gives_nothing, no_memory, prepare_fails, cold_at_first, no_queue };
    Kind kind = Kind::none;
    int rank = 0;
    int execution = 0;       ///< wrong_element: from this execution on (0 = the first); cold_at_first: before it
    std::uint64_t byte = 0;  ///< wrong_element: which byte of the receive buffer is flipped
    double cold_s = 0;       ///< cold_at_first: how much longer, on all ranks
};

/// Another backend with a fault planted in it.
class FaultyGroup final : public Group, private CollectiveQueue {
public:
    FaultyGroup(std::unique_ptr<Group> inner, Fault fault)
        : Group(inner->rank(), inner->size()), inner_(std::move(inner)), fault_(fault)
    {
    }

    std::optional<std::string> unsupported_reason(const CollectiveCall& call) const override
    {
        return inner_->unsupported_reason(call);
    }
    std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse use) override
    {
        if (hits(Fault::Kind::no_memory)) {
            throw std::bad_alloc();
        }
        // What is to go wrong in memory needs some.
        return inner_->allocate(bytes, fault_.kind == Fault::Kind::wrong_element ? MemoryUse::data : use);
    }
    std::uint64_t available_bytes(MemoryUse use) const override { return inner_->available_bytes(use); }
    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override
    {
        if (hits(Fault::Kind::prepare_fails)) {
            throw BackendError("lib_prepare", 7, "planted");
        }
        auto operation = inner_->prepare(call, send, recv);
        if (fault_.kind == Fault::Kind::cold_at_first) {
            return std::make_unique<Cold>(
                std::move(operation), inner_->prepare_compute({.kind = ComputeKind::sleep, .seconds = fault_.cold_s}),
                fault_.execution);
        }
        if (hits(Fault::Kind::gives_nothing)) {
            return std::make_unique<Silent>(std::move(operation), send);
        }
        if (!hits(Fault::Kind::wrong_element)) {
            return operation;
        }
        return std::make_unique<Corrupting>(std::move(operation), recv, fault_);
    }
    std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override
    {
        return inner_->prepare_send(peer, tag, buffer, bytes);
    }
    std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override
    {
        return inner_->prepare_receive(peer, tag, buffer, bytes);
    }
    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override
    {
        return inner_->prepare_compute(call);
    }
    CollectiveQueue* collective_queue() override
    {
        return fault_.kind == Fault::Kind::no_queue || inner_->collective_queue() == nullptr ? nullptr : this;
    }
    void connect() override { inner_->connect(); }
    void synchronize() override { inner_->synchronize(); }

private:
    std::optional<std::string> unqueueable_reason(const CollectiveCall& call) const override
    {
        return inner_->collective_queue()->unqueueable_reason(call);
    }
    std::size_t buffer_pairs(std::size_t length) const override
    {
        return inner_->collective_queue()->buffer_pairs(length);
    }
    std::unique_ptr<Operation> prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                             std::size_t length) override
    {
        auto chain = inner_->collective_queue()->prepare_chain(call, pairs, length);
        if (!hits(Fault::Kind::wrong_element)) {
            return chain;
        }
        return std::make_unique<Corrupting>(std::move(chain), *pairs.back().recv, fault_);
    }

    class Corrupting final : public Operation {
    public:
        Corrupting(std::unique_ptr<Operation> inner, Buffer& recv, Fault fault)
            : inner_(std::move(inner)), recv_(recv), fault_(fault)
        {
        }
        void start() override { inner_->start(); }
        void finish() override
        {
            inner_->finish();
            if (executions_++ >= fault_.execution) {
                std::byte value{};
                recv_.download(fault_.byte, std::span(&value, 1));
                value ^= std::byte{0x01};
                recv_.upload(fault_.byte, std::span(&value, 1));
            }
        }

    private:
        std::unique_ptr<Operation> inner_;
        Buffer& recv_;
        Fault fault_;
        int executions_ = 0;
    };

    /// Sends zeros, whatever it was given.
    class Silent final : public Operation {
    public:
        Silent(std::unique_ptr<Operation> inner, Buffer& send) : inner_(std::move(inner)), send_(send) {}
        void start() override
        {
            send_.fill(std::byte{0});
            inner_->start();
        }
        void finish() override { inner_->finish(); }

    private:
        std::unique_ptr<Operation> inner_;
        Buffer& send_;
    };

    class Cold final : public Operation {
    public:
        Cold(std::unique_ptr<Operation> inner, std::unique_ptr<Operation> delay, int executions)
            : inner_(std::move(inner)), delay_(std::move(delay)), cold_(executions)
        {
        }
        void start() override { inner_->start(); }
        void finish() override
        {
            inner_->finish();
            if (cold_ > 0) {
                --cold_;
                delay_->start();
                delay_->finish();
            }
        }

    private:
        std::unique_ptr<Operation> inner_;
        std::unique_ptr<Operation> delay_;
        int cold_;
    };

    bool hits(Fault::Kind kind) const { return fault_.kind == kind && fault_.rank == inner_->rank(); }

    std::unique_ptr<Group> inner_;
    Fault fault_;
};

class FaultyBackend final : public Backend {
public:
    FaultyBackend(Backend& inner, Fault fault) : inner_(inner), fault_(fault) {}
    const BackendInfo& info() const override { return inner_.info(); }
    const Clock& clock() const override { return inner_.clock(); }
    std::unique_ptr<Group> make_group(Communicator& members) override
    {
        return std::make_unique<FaultyGroup>(inner_.make_group(members), fault_);
    }

private:
    Backend& inner_;
    Fault fault_;
};

}  // namespace plumbline::test
