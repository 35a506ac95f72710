// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/collective_operation.hpp"

#include "collectives/api/blocking_operation.hpp"
#include "collectives/api/operation_group.hpp"
#include "collectives/backends/gloo/guarded.hpp"
#include "collectives/backends/gloo/halving_doubling.hpp"
#include "collectives/backends/gloo/reductions.hpp"

#include <gloo/allgather.h>
#include <gloo/allreduce.h>
#include <gloo/alltoall.h>
#include <gloo/alltoallv.h>
#include <gloo/barrier.h>
#include <gloo/broadcast.h>
#include <gloo/gather.h>
#include <gloo/reduce.h>
#include <gloo/scatter.h>

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plumbline::gloo_backend {

namespace {

/// One call as all functions below see it. Gloo counts elements by the size of a type: here bytes are its elements,
/// except where it reduces.
struct Job {
    const Endpoint& at;
    const CollectiveCall& call;
    std::byte* send;
    std::byte* recv;

    ::gloo::Context& context() const { return *at.context; }
    int rank() const { return at.context->rank; }
    int size() const { return at.context->size; }
    bool is_root() const { return rank() == call.root; }
    std::uint64_t block_bytes() const { return call.count * size_of(call.dtype); }
    std::byte* block(std::byte* base, int index) const
    {
        return base + static_cast<std::uint64_t>(index) * block_bytes();
    }
};

template <class Options, class Function>
std::unique_ptr<Operation> library_call(const char* name, std::unique_ptr<Options> options, Function function)
{
    return blocking(
        [name, options = std::move(options), function]() mutable { guarded(name, [&] { function(*options); }); });
}

/// Tells an options object of Gloo the size of an element and where the elements are.
template <class Visit>
void with_element(DataType dtype, std::byte* data, Visit visit)
{
    switch (size_of(dtype)) {
        case 1:
            return visit(reinterpret_cast<std::uint8_t*>(data));
        case 2:
            return visit(reinterpret_cast<std::uint16_t*>(data));
        case 4:
            return visit(reinterpret_cast<std::uint32_t*>(data));
        default:
            return visit(reinterpret_cast<std::uint64_t*>(data));
    }
}

std::unique_ptr<Operation> allreduce(const Job& job)
{
    if (job.at.settings.allreduce == AllreduceAlgorithm::halving_doubling) {
        return make_halving_doubling(job.at.context, job.call, job.recv);
    }
    auto options = std::make_unique<::gloo::AllreduceOptions>(job.at.context);
    if (!job.call.in_place) {
        with_element(job.call.dtype, job.send, [&](auto* data) { options->setInput(data, job.call.count); });
    }
    with_element(job.call.dtype, job.recv, [&](auto* data) { options->setOutput(data, job.call.count); });
    options->setReduceFunction(reduction(job.call.dtype, job.call.op));
    using Algorithm = ::gloo::AllreduceOptions::Algorithm;
    if (job.at.settings.allreduce == AllreduceAlgorithm::ring) {
        options->setAlgorithm(Algorithm::RING);
    } else if (job.at.settings.allreduce == AllreduceAlgorithm::bcube) {
        options->setAlgorithm(Algorithm::BCUBE);
    }
    return library_call("gloo::allreduce", std::move(options), [](auto& call) { ::gloo::allreduce(call); });
}

/// Gloo's reduce works in the output of every rank: those that have none get one, so that their input stays.
class Reduce final : public Operation {
public:
    explicit Reduce(const Job& job) : scratch_(job.is_root() ? 0 : job.block_bytes()), options_(job.at.context)
    {
        std::byte* const out = job.is_root() ? job.recv : scratch_.data();
        const bool own_input = !(job.call.in_place && job.is_root());
        if (own_input) {
            with_element(job.call.dtype, job.send, [&](auto* data) { options_.setInput(data, job.call.count); });
        }
        with_element(job.call.dtype, out, [&](auto* data) { options_.setOutput(data, job.call.count); });
        options_.setReduceFunction(reduction(job.call.dtype, job.call.op));
        options_.setRoot(job.call.root);
    }
    void start() override
    {
        guarded("gloo::reduce", [this] { ::gloo::reduce(options_); });
    }
    void finish() override {}

private:
    std::vector<std::byte> scratch_;
    ::gloo::ReduceOptions options_;
};

std::unique_ptr<Operation> broadcast(const Job& job)
{
    auto options = std::make_unique<::gloo::BroadcastOptions>(job.at.context);
    options->setOutput(reinterpret_cast<std::uint8_t*>(job.recv), job.block_bytes());
    options->setRoot(job.call.root);
    return library_call("gloo::broadcast", std::move(options), [](auto& call) { ::gloo::broadcast(call); });
}

std::unique_ptr<Operation> allgather(const Job& job)
{
    auto options = std::make_unique<::gloo::AllgatherOptions>(job.at.context);
    if (!job.call.in_place) {
        options->setInput(reinterpret_cast<std::uint8_t*>(job.send), job.block_bytes());
    }
    options->setOutput(reinterpret_cast<std::uint8_t*>(job.recv),
                       job.block_bytes() * static_cast<std::uint64_t>(job.size()));
    return library_call("gloo::allgather", std::move(options), [](auto& call) { ::gloo::allgather(call); });
}

std::unique_ptr<Operation> gather(const Job& job)
{
    auto options = std::make_unique<::gloo::GatherOptions>(job.at.context);
    const bool inside = job.call.in_place && job.is_root();
    std::byte* const input = inside ? job.block(job.recv, job.rank()) : job.send;
    options->setInput(reinterpret_cast<std::uint8_t*>(input), job.block_bytes());
    if (job.is_root()) {
        options->setOutput(reinterpret_cast<std::uint8_t*>(job.recv),
                           job.block_bytes() * static_cast<std::uint64_t>(job.size()));
    }
    options->setRoot(job.call.root);
    return library_call("gloo::gather", std::move(options), [](auto& call) { ::gloo::gather(call); });
}

std::unique_ptr<Operation> scatter(const Job& job)
{
    auto options = std::make_unique<::gloo::ScatterOptions>(job.at.context);
    if (job.is_root()) {
        std::vector<std::uint8_t*> blocks;
        for (int rank = 0; rank < job.size(); ++rank) {
            blocks.push_back(reinterpret_cast<std::uint8_t*>(job.block(job.send, rank)));
        }
        options->setInputs(blocks, job.block_bytes());
    }
    const bool inside = job.call.in_place && job.is_root();
    std::byte* const output = inside ? job.block(job.recv, job.rank()) : job.recv;
    options->setOutput(reinterpret_cast<std::uint8_t*>(output), job.block_bytes());
    options->setRoot(job.call.root);
    return library_call("gloo::scatter", std::move(options), [](auto& call) { ::gloo::scatter(call); });
}

std::unique_ptr<Operation> alltoall(const Job& job)
{
    const std::uint64_t bytes = job.block_bytes() * static_cast<std::uint64_t>(job.size());
    auto options = std::make_unique<::gloo::AlltoallOptions>(job.at.context);
    options->setInput(reinterpret_cast<std::uint8_t*>(job.send), bytes);
    options->setOutput(reinterpret_cast<std::uint8_t*>(job.recv), bytes);
    return library_call("gloo::alltoall", std::move(options), [](auto& call) { ::gloo::alltoall(call); });
}

std::vector<std::int64_t> in_bytes(const BlockCounts& counts, DataType dtype)
{
    std::vector<std::int64_t> bytes;
    for (const std::uint64_t count : counts) {
        bytes.push_back(static_cast<std::int64_t>(count * size_of(dtype)));
    }
    return bytes;
}

std::unique_ptr<Operation> alltoallv(const Job& job)
{
    auto options = std::make_unique<::gloo::AlltoallvOptions>(job.at.context);
    options->setInput(reinterpret_cast<std::uint8_t*>(job.send), in_bytes(job.call.send_counts, job.call.dtype));
    options->setOutput(reinterpret_cast<std::uint8_t*>(job.recv), in_bytes(job.call.recv_counts, job.call.dtype));
    return library_call("gloo::alltoallv", std::move(options), [](auto& call) { ::gloo::alltoallv(call); });
}

std::unique_ptr<Operation> barrier(const Job& job)
{
    auto options = std::make_unique<::gloo::BarrierOptions>(job.at.context);
    return library_call("gloo::barrier", std::move(options), [](auto& call) { ::gloo::barrier(call); });
}

/// `copies` messages to and from two peers at once; all copies use the same memory.
std::unique_ptr<Operation> exchange(const Job& job, int to, int from, int copies)
{
    std::vector<std::unique_ptr<Operation>> messages;
    for (int copy = 0; copy < copies; ++copy) {
        const Transfer in{.data = job.recv, .bytes = job.block_bytes(), .peer = from, .slot = slot_of_collective(copy)};
        messages.push_back(make_receive(job.context(), job.at.self, in));
    }
    for (int copy = 0; copy < copies; ++copy) {
        const Transfer out{.data = job.send, .bytes = job.block_bytes(), .peer = to, .slot = slot_of_collective(copy)};
        // Before the receives, which are awaited first: a message to oneself is there only once it is sent.
        messages.push_back(make_send(job.context(), job.at.self, out));
    }
    return std::make_unique<OperationGroup>(std::move(messages));
}

std::unique_ptr<Operation> sendrecv(const Job& job)
{
    return exchange(job, (job.rank() + 1) % job.size(), (job.rank() + job.size() - 1) % job.size(), 1);
}

std::unique_ptr<Operation> bidirectional(const Job& job)
{
    const auto peer = partner(job.call.pairs, job.rank(), job.size());
    return peer ? exchange(job, *peer, *peer, job.call.window) : make_sequence({});
}

std::unique_ptr<Operation> pingpong(const Job& job)
{
    std::vector<std::unique_ptr<Operation>> messages;
    if (const auto peer = partner(job.call.pairs, job.rank(), job.size())) {
        const Transfer out{.data = job.send, .bytes = job.block_bytes(), .peer = *peer, .slot = slot_of_collective(0)};
        const Transfer in{.data = job.recv, .bytes = job.block_bytes(), .peer = *peer, .slot = slot_of_collective(0)};
        auto send = make_send(job.context(), job.at.self, out);
        auto receive = make_receive(job.context(), job.at.self, in);
        const bool begins = job.rank() < *peer;
        messages.push_back(std::move(begins ? send : receive));
        messages.push_back(std::move(begins ? receive : send));
    }
    return make_sequence(std::move(messages));
}

std::unique_ptr<Operation> make(const Job& job)
{
    switch (job.call.collective) {
        case Collective::allreduce:
            return allreduce(job);
        case Collective::reduce_scatter:
            return make_halving_doubling(job.at.context, job.call, job.recv);
        case Collective::allgather:
            return allgather(job);
        case Collective::broadcast:
            return broadcast(job);
        case Collective::reduce:
            return std::make_unique<Reduce>(job);
        case Collective::gather:
            return gather(job);
        case Collective::scatter:
            return scatter(job);
        case Collective::alltoall:
            return alltoall(job);
        case Collective::alltoallv:
            return alltoallv(job);
        case Collective::sendrecv:
            return sendrecv(job);
        case Collective::pingpong:
            return pingpong(job);
        case Collective::bidirectional:
            return bidirectional(job);
        case Collective::barrier:
            return barrier(job);
    }
    throw std::logic_error("no such collective");
}

}  // namespace

std::optional<std::string> missing_form(const CollectiveCall& call, int ranks, const Settings& settings)
{
    const bool alltoall = call.collective == Collective::alltoall || call.collective == Collective::alltoallv;
    if (alltoall && call.in_place) {
        return fmt::format("Gloo's {} has no in-place form. Use it out of place", name(call.collective));
    }
    const bool halving_doubling =
        call.collective == Collective::reduce_scatter ||
        (call.collective == Collective::allreduce && settings.allreduce == AllreduceAlgorithm::halving_doubling);
    return halving_doubling ? missing_halving_doubling(call, ranks) : std::nullopt;
}

std::unique_ptr<Operation> make_collective(const Endpoint& at, const CollectiveCall& call, std::byte* send,
                                           std::byte* recv)
{
    const bool nothing_to_move = call.count == 0 && call.collective != Collective::barrier &&
                                 call.collective != Collective::alltoallv;  // Gloo refuses calls of no elements
    if (nothing_to_move) {
        return make_sequence({});
    }
    std::unique_ptr<Operation> operation;
    guarded(name(call.collective).data(),
            [&] { operation = make({.at = at, .call = call, .send = send, .recv = recv}); });
    return operation;
}

}  // namespace plumbline::gloo_backend
