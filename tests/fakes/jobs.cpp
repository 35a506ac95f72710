// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/jobs.hpp"

#include "tests/fakes/faults.hpp"

#include <exception>

namespace plumbline::fake {

namespace {

struct Handle {
    std::shared_ptr<FakeComm> comm;
};

void flip_a_bit(std::byte* data, std::size_t bytes)
{
    if (bytes > 0) {
        data[bytes / 2] ^= std::byte{1};
    }
}

}  // namespace

void* make_comm(const std::string& name, int ranks, int rank)
{
    try {
        return new Handle{std::make_shared<FakeComm>(name, ranks, rank)};
    } catch (const std::exception&) {
        return nullptr;
    }
}

void destroy_comm(void* handle)
{
    delete static_cast<Handle*>(handle);
}

std::shared_ptr<FakeComm> comm_of(void* handle)
{
    return static_cast<Handle*>(handle)->comm;
}

int async_error(void* handle, int when_broken)
{
    const auto comm = comm_of(handle);
    const auto rule = rule_of("async");
    if (rule && comm->finished() >= rule->after) {
        return rule->code;
    }
    return comm->broken() ? when_broken : 0;
}

void put_batch(const Batch& batch)
{
    put_job(batch.comm, batch.stream, batch.hangs, [batch] {
        batch.comm->exchange(batch.messages);
        for (const Message& message : batch.messages) {
            if (batch.wrong && !message.outgoing) {
                flip_a_bit(message.data, message.bytes);
            }
        }
    });
}

void put_collective(const char* call, void* handle, void* stream, const CollectiveJob& job, std::size_t result_bytes)
{
    const auto comm = comm_of(handle);
    const bool wrong = planted("wrong", call);
    put_job(comm, stream, planted("hang", call), [comm, job, wrong, result_bytes] {
        execute(*comm, job);
        if (wrong && job.recv != nullptr) {
            flip_a_bit(job.recv, result_bytes);
        }
    });
}

}  // namespace plumbline::fake
