// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/message_operation.hpp"

#include "collectives/api/blocking_operation.hpp"
#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/large_count.hpp"

#include <utility>

namespace plumbline::mpi {

namespace {

constexpr int collective_tag = 0;

class Exchange final : public Operation {
public:
    Exchange(MPI_Comm comm, MPI_Datatype type, std::vector<Transfer> sends, std::vector<Transfer> receives)
        : comm_(comm),
          type_(type),
          sends_(std::move(sends)),
          receives_(std::move(receives)),
          requests_(sends_.size() + receives_.size(), MPI_REQUEST_NULL)
    {
    }

    void start() override
    {
        MPI_Request* request = requests_.data();
        for (const Transfer& t : receives_) {
            check(MPI_Irecv(t.data, t.count, type_, t.peer, collective_tag, comm_, request++), "MPI_Irecv");
        }
        for (const Transfer& t : sends_) {
            check(MPI_Isend(t.data, t.count, type_, t.peer, collective_tag, comm_, request++), "MPI_Isend");
        }
    }

    void finish() override
    {
        check(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
    }

private:
    MPI_Comm comm_;
    MPI_Datatype type_;
    std::vector<Transfer> sends_;
    std::vector<Transfer> receives_;
    std::vector<MPI_Request> requests_;
};

void send_all(const std::vector<Transfer>& transfers, MPI_Datatype type, MPI_Comm comm)
{
    for (const Transfer& t : transfers) {
        check(MPI_Send(t.data, t.count, type, t.peer, collective_tag, comm), "MPI_Send");
    }
}

void receive_all(const std::vector<Transfer>& transfers, MPI_Datatype type, MPI_Comm comm)
{
    for (const Transfer& t : transfers) {
        check(MPI_Recv(t.data, t.count, type, t.peer, collective_tag, comm, MPI_STATUS_IGNORE), "MPI_Recv");
    }
}

/// Owns persistent requests, one a piece of the message.
class PersistentMessage final : public Operation, private OverlapControl {
public:
    PersistentMessage() = default;
    ~PersistentMessage() override
    {
        for (MPI_Request& request : requests_) {
            MPI_Request_free(&request);
        }
    }

    void add(MPI_Request request) { requests_.push_back(request); }

    void start() override { check(MPI_Startall(count(), requests_.data()), "MPI_Startall"); }
    void finish() override { check(MPI_Waitall(count(), requests_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall"); }
    OverlapControl* overlap() override { return this; }

private:
    /// Requests that are done become inactive, which finish() passes over.
    bool test() override
    {
        int done = 0;
        check(MPI_Testall(count(), requests_.data(), &done, MPI_STATUSES_IGNORE), "MPI_Testall");
        return done != 0;
    }
    int count() const { return static_cast<int>(requests_.size()); }

    std::vector<MPI_Request> requests_;
};

}  // namespace

std::unique_ptr<Operation> make_exchange(MPI_Comm comm, MPI_Datatype type, std::vector<Transfer> sends,
                                         std::vector<Transfer> receives)
{
    return std::make_unique<Exchange>(comm, type, std::move(sends), std::move(receives));
}

std::unique_ptr<Operation> make_ping(MPI_Comm comm, MPI_Datatype type, std::vector<Transfer> sends,
                                     std::vector<Transfer> receives)
{
    return blocking([=, sends = std::move(sends), receives = std::move(receives)] {
        send_all(sends, type, comm);
        receive_all(receives, type, comm);
    });
}

std::unique_ptr<Operation> make_pong(MPI_Comm comm, MPI_Datatype type, std::vector<Transfer> sends,
                                     std::vector<Transfer> receives)
{
    return blocking([=, sends = std::move(sends), receives = std::move(receives)] {
        receive_all(receives, type, comm);
        send_all(sends, type, comm);
    });
}

std::unique_ptr<Operation> make_send(MPI_Comm comm, const ByteMessage& message, int max_count)
{
    auto operation = std::make_unique<PersistentMessage>();
    for (const Piece& piece : cut(message.bytes, max_count)) {
        MPI_Request request = MPI_REQUEST_NULL;
        check(
            MPI_Send_init(message.data + piece.first, piece.count, MPI_BYTE, message.peer, message.tag, comm, &request),
            "MPI_Send_init");
        operation->add(request);
    }
    return operation;
}

std::unique_ptr<Operation> make_receive(MPI_Comm comm, const ByteMessage& message, int max_count)
{
    auto operation = std::make_unique<PersistentMessage>();
    for (const Piece& piece : cut(message.bytes, max_count)) {
        MPI_Request request = MPI_REQUEST_NULL;
        check(
            MPI_Recv_init(message.data + piece.first, piece.count, MPI_BYTE, message.peer, message.tag, comm, &request),
            "MPI_Recv_init");
        operation->add(request);
    }
    return operation;
}

}  // namespace plumbline::mpi
