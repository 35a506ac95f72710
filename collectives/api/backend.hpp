#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/api/compute.hpp"
#include "collectives/api/device_reading.hpp"
#include "collectives/operations/types.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

/// Time as the backend sees it, in seconds from an arbitrary origin; monotonic. A simulated backend has a virtual one.
class Clock {
public:
    virtual ~Clock() = default;
    virtual double now_s() const noexcept = 0;
    /// Returns once now_s() has reached `moment_s`; spins, so that it returns as soon as it can.
    virtual void wait_until(double moment_s) const noexcept
    {
        while (now_s() < moment_s) {
        }
    }
};

/// Memory that the backend's library works on: host or device. Owned by the caller of Group::allocate().
class Buffer {
public:
    virtual ~Buffer() = default;
    virtual std::uint64_t size_bytes() const = 0;
    virtual void upload(std::uint64_t offset_bytes, std::span<const std::byte> data) = 0;
    virtual void download(std::uint64_t offset_bytes, std::span<std::byte> data) const = 0;
    /// Sets every byte (poison).
    virtual void fill(std::byte value) = 0;
};

/// An operation with everything looked up beforehand: start() and finish() are all that is timed.
/// finish() returns when this rank's part is done and its buffers may be used again. Neither allocates.
class Operation {
public:
    Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    virtual ~Operation() = default;
    virtual void start() = 0;
    virtual void finish() = 0;
    /// Seconds of the last execution by the device's own clock; nothing where there is no device. Asked outside of what
    /// is timed.
    virtual std::optional<double> device_seconds() const { return std::nullopt; }
    /// A test call, between start() and finish() of what was prepared to overlap: lets the library move it on and never
    /// blocks. True once it is known to be done. Nothing where operations move by themselves, or not at all.
    virtual bool test() { return false; }
    /// After finish(): when it was done, on the backend's clock, where that is known better than by looking.
    virtual std::optional<double> done_at_s() const { return std::nullopt; }
};

/// What a device says of data that it compared itself.
struct DeviceComparison {
    std::optional<std::uint64_t> first_wrong;  ///< element of the output; nothing where all are right
};

/// The ranks of one case, joined on the data plane. Must outlive its operations.
class Group {
public:
    virtual ~Group() = default;
    virtual int rank() const = 0;
    virtual int size() const = 0;

    /// Told before a case, or a part of one: these world ranks, the group's among them, may communicate at the
    /// same time from the next start of an operation on. Until then a group is taken to be alone. Of use to a simulated
    /// network; a real one finds out by itself.
    virtual void announce_concurrent_ranks(std::span<const int> /*ranks*/) {}

    /// Why `call` can't be run here, one sentence; nothing when it can. The same answer on all ranks.
    virtual std::optional<std::string> unsupported_reason(const CollectiveCall& call) const = 0;

    /// Where input and output of an in-place call lie in its one buffer, as the library wants it.
    virtual InPlaceOffsets in_place_offsets(const CollectiveCall& call) const
    {
        return plumbline::in_place_offsets(call, rank(), size());
    }

    /// Throws std::bad_alloc. Size 0 is allowed.
    virtual std::unique_ptr<Buffer> allocate(std::uint64_t bytes) = 0;
    /// What this rank may allocate now without starving the ranks beside it.
    virtual std::uint64_t available_bytes() const = 0;

    /// Memory whose contents nobody looks at, for messages that carry no pattern; 0 at first.
    virtual std::unique_ptr<Buffer> allocate_scratch(std::uint64_t bytes)
    {
        auto buffer = allocate(bytes);
        buffer->fill(std::byte{0});
        return buffer;
    }
    /// As available_bytes(), of such memory.
    virtual std::uint64_t available_scratch_bytes() const { return available_bytes(); }

    /// Local. `send` and `recv` are the same buffer for an in-place call (see in_place_offsets); for broadcast always
    /// the same. Sizes as buffer_elements() says. The buffers must outlive the operation.
    virtual std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) = 0;

    /// As prepare(), but start() returns at once, so that the operation can go on beside this rank's compute. Where a
    /// library has no such form this is prepare() itself, and overlap_method() says so.
    virtual std::unique_ptr<Operation> prepare_nonblocking(const CollectiveCall& call, Buffer& send, Buffer& recv)
    {
        return prepare(call, send, recv);
    }
    /// How what was prepared to overlap moves on while this rank computes, a few words for the record.
    virtual std::string overlap_method() const { return "none: collectives block"; }

    /// Non-blocking send of the first `bytes` of `buffer`: start() posts it, finish() waits until the buffer is free
    /// again.
    virtual std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) = 0;
    /// Receive: start() posts it, finish() waits for the data.
    virtual std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) = 0;
    /// Why this compute can't be done here, one sentence; nothing when it can.
    virtual std::optional<std::string> unsupported_compute(const ComputeCall& call) const
    {
        if (call.kind == ComputeKind::gemm) {
            return "compute gemm is not available on this backend. Use spin or sleep";
        }
        return std::nullopt;
    }
    /// Synthetic compute: the same amount of work on every rank. All of it is done when finish() returns.
    virtual std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) = 0;

    /// Collective over the group, after the last prepare...() and before the first start(): makes the connections that
    /// need both ends. Throws BackendError, possibly on some ranks alone.
    virtual void connect() {}

    /// This rank's output of `call`, which begins at byte `offset` of `recv`, compared with what payload.hpp expects
    /// where it lies; nothing where no device can do that, and the caller has to download it. Throws BackendError.
    virtual std::optional<DeviceComparison> verify_on_device(const CollectiveCall& /*call*/, const Buffer& /*recv*/,
                                                             std::uint64_t /*offset*/)
    {
        return std::nullopt;
    }

    /// Collective over the group: brings the ranks to a common start, outside the timed region.
    virtual void synchronize() = 0;

    /// Between operations, outside of what is timed: throws BackendError for an error that the library noted on the
    /// side.
    virtual void check_async_error() {}
    /// On the rank's own thread, after an error of an operation: the other ranks, which may wait for it, get one too.
    /// The group is of no use any more.
    virtual void abort_group() noexcept {}
};

/// A name and what it is, for the record ("library" -> "Open MPI 4.1.4").
using Facts = std::vector<std::pair<std::string, std::string>>;

/// What numbers of a library are worth. They must be marked everywhere as what they are.
enum class LibraryKind : std::uint8_t {
    real,
    simulated,  ///< times are not of this machine
    fake,       ///< a test double that pretends to be the library: no target can pass on its numbers
};

/// What is known of a backend once this rank is up; it never changes.
struct BackendInfo {
    std::string name;  ///< as in the scenario: "mpi"
    LibraryKind kind = LibraryKind::real;
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    Facts facts = {};         ///< what was really used: first "library", with its version, then transport and the like
    std::string device = {};  ///< of this rank ("0 GPU-... (NVIDIA H100)"); "" where it works on host memory
    // NOLINTEND(readability-redundant-member-init)
    /// Threads of each rank that want a core while an operation goes on: its own, and those of the library.
    int threads_per_rank = 1;
    /// Ranks whose group broke can join anew, so that the next case can be measured.
    bool survives_failure = false;
    /// False where messages are no good for bringing ranks to a common start (they go over devices): another library
    /// does that then.
    bool can_synchronize = true;
};

/// Data plane: one communication library on this rank.
class Backend {
public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;
    virtual const BackendInfo& info() const = 0;
    /// What does the matrix products of compute kind gemm, with its version; "" where nothing does, or it doesn't tell.
    /// Opens that library, which may start threads: ask only where a case multiplies.
    virtual std::string gemm_library() const { return {}; }
    /// What this rank's library said of itself while it worked, such as the network that it found: read after the last
    /// case.
    virtual Facts library_log() const { return {}; }
    /// The state of that device now; nothing where there is none, or nothing that tells. Takes some 100 us: outside of
    /// what is timed.
    virtual std::optional<DeviceReading> read_device() const { return std::nullopt; }
    virtual const Clock& clock() const = 0;
    /// Collective over members: their data-plane group. Call once per rank set and keep it; `members` must outlive it.
    /// Throws BackendError, possibly on some ranks alone where BackendInfo::survives_failure.
    virtual std::unique_ptr<Group> join(Communicator& members) = 0;

    /// True where split_off() makes the groups of subgroups.
    virtual bool splits_subgroups() const { return false; }
    /// Collective over the ranks of `whole`, a group of this backend's in which nothing is under way: each gets the
    /// group of its subgroup, made out of `whole`, or nothing where it names none. Subgroups have no rank in common;
    /// each must outlive its group. Throws BackendError, possibly on some ranks alone.
    virtual std::unique_ptr<Group> split_off(Group& /*whole*/, Communicator* /*subgroup*/)
    {
        throw std::logic_error("this backend splits no teams off");
    }

    /// By which algorithms operations can be run on demand, as far as this rank knows.
    virtual AvailableAlgorithms algorithms() const
    {
        return {.of = {},
                .why_not = "backend " + info().name + " can't be told by which algorithm it runs an operation"};
    }
    /// Collective over members, as join(), for a choice that algorithms() offers on all of them: a group that runs this
    /// operation by it, and all others as ever.
    virtual std::unique_ptr<Group> join_by(const AlgorithmChoice& /*choice*/, Communicator& /*members*/)
    {
        throw std::logic_error("no algorithm was offered");
    }
};

}  // namespace plumbline
