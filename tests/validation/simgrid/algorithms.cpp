// SPDX-License-Identifier: Apache-2.0
/// Algorithms as they stand in textbooks, by messages alone, for simulated clusters: what `plumbline bounds` says that
/// each attains is held against the time that SMPI takes for just that algorithm. Ranks fill nodes one after the other.
///
///     algorithms NAME BYTES RANKS_PER_NODE     prints the seconds of the slowest rank
///
/// Payloads are not looked at, and all messages share two buffers: it is time that is checked. Phases of an algorithm
/// don't overlap, as in the formulas.
#include <mpi.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

struct Ranks {
    int rank = 0, size = 1, a_node = 1;
    int node() const { return rank / a_node; }
    int place() const { return rank % a_node; }
    int nodes() const { return size / a_node; }
};

/// Messages, and the time from the first rank's start to the last one's end of each phase. Phases begin on whole
/// seconds of the simulation, whose clock all ranks share.
class Messages {
public:
    explicit Messages(std::size_t most) : out_(most), in_(most) {}
    void begin_phase()
    {
        ++phases_;
        const double left = phases_ - MPI_Wtime();
        const auto whole_ns = std::llround(left * 1e9);
        const timespec rest{.tv_sec = whole_ns / 1'000'000'000, .tv_nsec = whole_ns % 1'000'000'000};
        nanosleep(&rest, nullptr);
        starts_.push_back(MPI_Wtime());
    }
    void end_phase() { ends_.push_back(MPI_Wtime()); }
    void start(int to, int from, std::size_t bytes)
    {
        requests_.resize(requests_.size() + 2);
        MPI_Irecv(in_.data(), static_cast<int>(bytes), MPI_BYTE, from, 0, MPI_COMM_WORLD, &requests_.end()[-2]);
        MPI_Isend(out_.data(), static_cast<int>(bytes), MPI_BYTE, to, 0, MPI_COMM_WORLD, &requests_.end()[-1]);
    }
    void finish()
    {
        MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
        requests_.clear();
    }
    /// Of the slowest rank, on rank 0.
    double seconds() const
    {
        std::vector<double> first(starts_.size());
        std::vector<double> last(ends_.size());
        MPI_Reduce(starts_.data(), first.data(), static_cast<int>(first.size()), MPI_DOUBLE, MPI_MIN, 0,
                   MPI_COMM_WORLD);
        MPI_Reduce(ends_.data(), last.data(), static_cast<int>(last.size()), MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
        double total = 0;
        for (std::size_t phase = 0; phase < first.size(); ++phase) {
            total += last[phase] - first[phase];
        }
        return total;
    }

private:
    std::vector<char> out_, in_;
    std::vector<MPI_Request> requests_;
    std::vector<double> starts_, ends_;
    int phases_ = 0;
};

/// A step of a ring `steps` times: to the next of `count` members, from the one before.
void ring(Messages& messages, int steps, int next, int before, std::size_t bytes)
{
    messages.begin_phase();
    for (int step = 0; step < steps; ++step) {
        messages.start(next, before, bytes);
        messages.finish();
    }
    messages.end_phase();
}

void whole_ring(const Ranks& r, Messages& messages, int rounds, std::size_t bytes)
{
    const auto share = bytes / static_cast<std::size_t>(r.size);
    ring(messages, rounds * (r.size - 1), (r.rank + 1) % r.size, (r.rank + r.size - 1) % r.size, share);
}

void inside_ring(const Ranks& r, Messages& messages, std::size_t bytes)
{
    const int first = r.node() * r.a_node;
    ring(messages, r.a_node - 1, first + (r.place() + 1) % r.a_node, first + (r.place() + r.a_node - 1) % r.a_node,
         bytes);
}

void across_ring(const Ranks& r, Messages& messages, int rounds, std::size_t bytes)
{
    ring(messages, rounds * (r.nodes() - 1), (r.rank + r.a_node) % r.size, (r.rank + r.size - r.a_node) % r.size,
         bytes);
}

void hierarchical_allreduce(const Ranks& r, Messages& messages, std::size_t bytes)
{
    const auto of_a_node = bytes / static_cast<std::size_t>(r.a_node);
    inside_ring(r, messages, of_a_node);
    across_ring(r, messages, 2, bytes / static_cast<std::size_t>(r.size));
    inside_ring(r, messages, of_a_node);
}

void hierarchical_allgather(const Ranks& r, Messages& messages, std::size_t bytes)
{
    across_ring(r, messages, 1, bytes / static_cast<std::size_t>(r.size));
    inside_ring(r, messages, bytes / static_cast<std::size_t>(r.a_node));
}

void direct_alltoall(const Ranks& r, Messages& messages, std::size_t bytes)
{
    messages.begin_phase();
    for (int other = 1; other < r.size; ++other) {
        messages.start((r.rank + other) % r.size, (r.rank + r.size - other) % r.size,
                       bytes / static_cast<std::size_t>(r.size));
    }
    messages.finish();
    messages.end_phase();
}

void pairwise_alltoall(const Ranks& r, Messages& messages, std::size_t bytes)
{
    for (int step = 1; step < r.size; ++step) {
        messages.begin_phase();
        messages.start((r.rank + step) % r.size, (r.rank + r.size - step) % r.size,
                       bytes / static_cast<std::size_t>(r.size));
        messages.finish();
        messages.end_phase();
    }
}

void hierarchical_alltoall(const Ranks& r, Messages& messages, std::size_t bytes)
{
    const int first = r.node() * r.a_node;
    messages.begin_phase();
    for (int other = 1; other < r.a_node; ++other) {
        messages.start(first + (r.place() + other) % r.a_node, first + (r.place() + r.a_node - other) % r.a_node,
                       bytes / static_cast<std::size_t>(r.a_node));
    }
    messages.finish();
    messages.end_phase();
    messages.begin_phase();
    for (int other = 1; other < r.nodes(); ++other) {
        const int away = other * r.a_node;
        messages.start((r.rank + away) % r.size, (r.rank + r.size - away) % r.size,
                       bytes / static_cast<std::size_t>(r.nodes()));
    }
    messages.finish();
    messages.end_phase();
}

void binomial_broadcast(const Ranks& r, Messages& messages, std::size_t bytes)
{
    std::vector<char> whole(bytes);
    messages.begin_phase();
    const auto tree = [&](int member, int members, int stride, int first) {
        for (int reach = 1; reach < members; reach *= 2) {
            const int peer = member < reach ? member + reach : member - reach;
            if (member < reach && peer < members) {
                MPI_Send(whole.data(), static_cast<int>(bytes), MPI_BYTE, first + peer * stride, 0, MPI_COMM_WORLD);
            } else if (member >= reach && member < 2 * reach) {
                MPI_Recv(whole.data(), static_cast<int>(bytes), MPI_BYTE, first + peer * stride, 0, MPI_COMM_WORLD,
                         MPI_STATUS_IGNORE);
            }
        }
    };
    if (r.place() == 0) {
        tree(r.node(), r.nodes(), r.a_node, 0);
    }
    tree(r.place(), r.a_node, 1, r.node() * r.a_node);
    messages.end_phase();
}

void run(const std::string& name, const Ranks& r, Messages& messages, std::size_t bytes)
{
    if (name == "allreduce/ring") {
        whole_ring(r, messages, 2, bytes);
    } else if (name == "allgather/ring" || name == "reduce_scatter/ring") {
        whole_ring(r, messages, 1, bytes);
    } else if (name == "allreduce/hierarchical") {
        hierarchical_allreduce(r, messages, bytes);
    } else if (name == "allgather/hierarchical") {
        hierarchical_allgather(r, messages, bytes);
    } else if (name == "alltoall/direct") {
        direct_alltoall(r, messages, bytes);
    } else if (name == "alltoall/pairwise") {
        pairwise_alltoall(r, messages, bytes);
    } else if (name == "alltoall/hierarchical") {
        hierarchical_alltoall(r, messages, bytes);
    } else if (name == "broadcast/binomial") {
        binomial_broadcast(r, messages, bytes);
    } else {
        std::fprintf(stderr, "no algorithm %s\n", name.c_str());
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    MPI_Init(&argc, &argv);
    Ranks ranks;
    MPI_Comm_rank(MPI_COMM_WORLD, &ranks.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks.size);
    if (argc != 4) {
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    const std::string name = argv[1];
    const auto bytes = static_cast<std::size_t>(std::atoll(argv[2]));
    ranks.a_node = std::atoi(argv[3]);
    Messages messages(bytes / static_cast<std::size_t>(std::min(ranks.a_node, ranks.size / ranks.a_node)));
    run(name, ranks, messages, bytes);
    const double seconds = messages.seconds();
    if (ranks.rank == 0) {
        std::printf("%.15g\n", seconds);
    }
    MPI_Finalize();
    return 0;
}
