// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/fakes/communicator.hpp"
#include "tests/fakes/stream.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

/// What the fakes for collective libraries have in common: communicators behind handles, and work of theirs on
/// streams.
namespace plumbline::fake {

/// A handle, by a name that one rank made (SharedSegment::new_name), once all ranks are there; nullptr when it can't be
/// made.
void* make_comm(const std::string& name, int ranks, int rank);
/// The work on streams may outlive the handle.
void destroy_comm(void* handle);
std::shared_ptr<FakeComm> comm_of(void* handle);
/// A planted code, or `when_broken` for a communicator that was aborted by any rank; 0 while all is well.
int async_error(void* handle, int when_broken);

/// Puts a job of `comm` on a stream: it is done in the communicator's turn, whatever stream it is on.
template <class Job>
void put_job(const std::shared_ptr<FakeComm>& comm, void* stream, bool hangs, Job job)
{
    put_on_stream(stream, {[comm] { return comm->take_ticket(); },
                           [comm, hangs, job](std::uint64_t ticket) {
                               if (comm->begin(ticket)) {
                                   if (hangs) {
                                       comm->hang();
                                   }
                                   job();
                               }
                               comm->done();
                           }});
}

/// Messages of one group call on one communicator and stream.
struct Batch {
    std::shared_ptr<FakeComm> comm;
    void* stream = nullptr;
    std::vector<Message> messages;
    bool wrong = false;
    bool hangs = false;
};
void put_batch(const Batch& batch);

/// The job as the library's `call`, with the faults that are planted for it.
void put_collective(const char* call, void* handle, void* stream, const CollectiveJob& job, std::size_t result_bytes);

inline std::byte* bytes_of(const void* data)
{
    return static_cast<std::byte*>(const_cast<void*>(data));
}

}  // namespace plumbline::fake
