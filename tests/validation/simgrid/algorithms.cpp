// SPDX-License-Identifier: Apache-2.0
/// Algorithms as they stand in textbooks, by messages alone, for simulated clusters: what `plumbline bounds` says that
/// each attains is held against the time that SMPI takes for just that algorithm. Ranks fill nodes one after the other.
///
///     algorithms NAME BYTES NODES RANKS_PER_NODE NODES_PER_LEAF [CHUNKS...]
///
/// prints the seconds of the slowest rank, of a pipelined algorithm for each number of chunks. Where switches reduce,
/// more ranks than NODES x RANKS_PER_NODE are started, which take the switches' places (pipelines.hpp).
///
/// Payloads are not looked at, and all messages share two buffers: it is time that is checked. Phases of an algorithm
/// don't overlap, as in the formulas.
#include "pipelines.hpp"

#include <mpi.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using plumbline::simgrid::Cluster;
using plumbline::simgrid::Stages;

/// SMPI puts so many bytes before each message, which is made so much shorter: what is said of bytes is true of the
/// links.
constexpr std::size_t header = 16;

struct Ranks : Cluster {
    int rank = 0;
    int size = 1;  ///< without switches
    int node() const { return rank / a_node; }
    int place() const { return rank % a_node; }
};

/// Messages, and the time from the first rank's start to the last one's end of each phase. Phases begin on whole
/// seconds of the simulation, whose clock all ranks share.
class Messages {
public:
    /// `most` bytes of a message.
    explicit Messages(std::size_t most)
        : most_(most),
          out_(static_cast<char*>(SMPI_SHARED_MALLOC(most))),
          in_(static_cast<char*>(SMPI_SHARED_MALLOC(most)))
    {
    }
    Messages(const Messages&) = delete;
    Messages& operator=(const Messages&) = delete;
    ~Messages()
    {
        SMPI_SHARED_FREE(out_);
        SMPI_SHARED_FREE(in_);
    }
    void begin_phase()
    {
        rest_until_whole_second();
        starts_.push_back(MPI_Wtime());
    }
    void end_phase() { ends_.push_back(MPI_Wtime()); }
    void send(int to, std::size_t bytes)
    {
        MPI_Isend(out_, payload(bytes), MPI_BYTE, to, 0, MPI_COMM_WORLD, &requests_.emplace_back());
    }
    void receive(int from, std::size_t bytes)
    {
        MPI_Irecv(in_, payload(bytes), MPI_BYTE, from, 0, MPI_COMM_WORLD, &requests_.emplace_back());
    }
    void start(int to, int from, std::size_t bytes)
    {
        receive(from, bytes);
        send(to, bytes);
    }
    void finish()
    {
        MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
        requests_.clear();
    }
    /// Of the slowest rank, on rank 0, of all phases since it was last asked.
    double take_seconds()
    {
        rest_until_whole_second();  // what is told here must not share the links with the last messages of others
        std::vector<double> first(starts_.size());
        std::vector<double> last(ends_.size());
        MPI_Reduce(starts_.data(), first.data(), static_cast<int>(first.size()), MPI_DOUBLE, MPI_MIN, 0,
                   MPI_COMM_WORLD);
        MPI_Reduce(ends_.data(), last.data(), static_cast<int>(last.size()), MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
        double total = 0;
        for (std::size_t phase = 0; phase < first.size(); ++phase) {
            total += last[phase] - first[phase];
        }
        starts_.clear();
        ends_.clear();
        return total;
    }

private:
    void rest_until_whole_second()
    {
        ++phases_;
        const double left = phases_ - MPI_Wtime();
        const auto whole_ns = std::llround(left * 1e9);
        const timespec rest{.tv_sec = whole_ns / 1'000'000'000, .tv_nsec = whole_ns % 1'000'000'000};
        nanosleep(&rest, nullptr);
    }

    int payload(std::size_t bytes) const
    {
        if (bytes > most_) {
            std::fprintf(stderr, "a message of %zu bytes\n", bytes);
            MPI_Abort(MPI_COMM_WORLD, 2);
        }
        return static_cast<int>(bytes - std::min(bytes, header));
    }

    std::size_t most_;
    char *out_, *in_;  ///< the same memory on all ranks
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

/// Over `rails` of `ports` ports: a ring each with its part of the array. Those of a ring leave a node from a rank at
/// its port, and come in to the next rank there.
void whole_ring(const Ranks& r, Messages& messages, int rounds, std::size_t bytes, int rails = 1, int ports = 1)
{
    const auto share = bytes / static_cast<std::size_t>(r.size * rails);
    messages.begin_phase();
    for (int step = 0; step < rounds * (r.size - 1); ++step) {
        for (int rail = 0; rail < rails; ++rail) {
            const int exit = ports == 1 ? r.a_node - 1 : rail * r.a_node / ports;
            const int enter = (exit + 1) % r.a_node;
            const int first = r.node() * r.a_node;
            const int next =
                r.place() == exit ? (first + r.a_node) % r.size + enter : first + (r.place() + 1) % r.a_node;
            const int before = r.place() == enter ? (first + r.size - r.a_node) % r.size + exit
                                                  : first + (r.place() + r.a_node - 1) % r.a_node;
            messages.start(next, before, share);
        }
        messages.finish();
    }
    messages.end_phase();
}

void inside_ring(const Ranks& r, Messages& messages, std::size_t bytes)
{
    const int first = r.node() * r.a_node;
    ring(messages, r.a_node - 1, first + (r.place() + 1) % r.a_node, first + (r.place() + r.a_node - 1) % r.a_node,
         bytes);
}

void across_ring(const Ranks& r, Messages& messages, int rounds, std::size_t bytes)
{
    ring(messages, rounds * (r.nodes - 1), (r.rank + r.a_node) % r.size, (r.rank + r.size - r.a_node) % r.size, bytes);
}

void hierarchical_allreduce(const Ranks& r, Messages& messages, std::size_t bytes)
{
    const auto of_a_node = bytes / static_cast<std::size_t>(r.a_node);
    inside_ring(r, messages, of_a_node);
    across_ring(r, messages, 2, bytes / static_cast<std::size_t>(r.size));
    inside_ring(r, messages, of_a_node);
}

void hierarchical_reduce_scatter(const Ranks& r, Messages& messages, std::size_t bytes)
{
    inside_ring(r, messages, bytes / static_cast<std::size_t>(r.a_node));
    across_ring(r, messages, 1, bytes / static_cast<std::size_t>(r.size));
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
    for (int other = 1; other < r.nodes; ++other) {
        const int away = other * r.a_node;
        messages.start((r.rank + away) % r.size, (r.rank + r.size - away) % r.size,
                       bytes / static_cast<std::size_t>(r.nodes));
    }
    messages.finish();
    messages.end_phase();
}

enum class Way { from_root, to_root };
enum class Amount { whole, parts };

/// A binomial tree over `members` ranks, `stride` apart from `first` on, the farthest first; the root is rank `first`.
/// `of_member`: bytes that belong to one of them, where each gets or gives its part.
void binomial_tree(const Ranks& r, Messages& messages, Way way, int first, int members, int stride, Amount amount,
                   std::size_t bytes)
{
    const int member = (r.rank - first) / stride;
    std::vector<int> reaches;
    for (int reach = 1; reach < members; reach *= 2) {
        reaches.insert(way == Way::from_root ? reaches.begin() : reaches.end(), reach);
    }
    for (const int reach : reaches) {
        // In this step every member at a multiple of 2 x reach meets the one `reach` further on.
        const bool inner = member % (2 * reach) == 0;
        const int peer = inner ? member + reach : member - reach;
        if (member % reach != 0 || peer >= members) {
            continue;
        }
        const int behind = std::min(reach, members - std::max(member, peer));
        const std::size_t moved = amount == Amount::whole ? bytes : bytes * static_cast<std::size_t>(behind);
        if (inner == (way == Way::from_root)) {
            messages.send(first + peer * stride, moved);
        } else {
            messages.receive(first + peer * stride, moved);
        }
        messages.finish();
    }
}

/// Between nodes and then inside, or the other way round.
void binomial(const Ranks& r, Messages& messages, Way way, Amount amount, std::size_t bytes)
{
    const bool whole = amount == Amount::whole;
    const auto between = [&] {
        messages.begin_phase();
        if (r.place() == 0) {
            binomial_tree(r, messages, way, 0, r.nodes, r.a_node, amount,
                          whole ? bytes : bytes / static_cast<std::size_t>(r.nodes));
        }
        messages.end_phase();
    };
    const auto inside = [&] {
        messages.begin_phase();
        binomial_tree(r, messages, way, r.node() * r.a_node, r.a_node, 1, amount,
                      whole ? bytes : bytes / static_cast<std::size_t>(r.size));
        messages.end_phase();
    };
    if (way == Way::from_root) {
        between();
        inside();
    } else {
        inside();
        between();
    }
}

void direct_rooted(const Ranks& r, Messages& messages, Way way, std::size_t bytes)
{
    const auto share = bytes / static_cast<std::size_t>(r.size);
    messages.begin_phase();
    for (int other = 1; other < r.size; ++other) {
        if (r.rank == (way == Way::from_root ? 0 : other)) {
            messages.send(way == Way::from_root ? other : 0, share);
        } else if (r.rank == (way == Way::from_root ? other : 0)) {
            messages.receive(way == Way::from_root ? 0 : other, share);
        }
    }
    messages.finish();
    messages.end_phase();
}

/// In round t each stage s works on chunk t - s.
void pipeline(const Ranks& r, Messages& messages, const Stages& stages, int chunks)
{
    const int count = static_cast<int>(stages.size());
    messages.begin_phase();
    for (int round = 0; round < chunks + count - 1; ++round) {
        for (int stage = std::max(0, round - chunks + 1); stage <= std::min(round, count - 1); ++stage) {
            for (const auto& hop : stages[static_cast<std::size_t>(stage)]) {
                const auto bytes = static_cast<std::size_t>(std::llround(hop.bytes / chunks));
                if (hop.from == r.rank) {
                    messages.send(hop.to, bytes);
                }
                if (hop.to == r.rank) {
                    messages.receive(hop.from, bytes);
                }
            }
        }
        messages.finish();
    }
    messages.end_phase();
}

/// False for a name that isn't known.
bool run(const std::string& name, const Ranks& r, Messages& messages, std::size_t bytes)
{
    constexpr int rails = 2, ports = 4;
    if (name == "allreduce/ring") {
        whole_ring(r, messages, 2, bytes);
    } else if (name == "allgather/ring" || name == "reduce_scatter/ring") {
        whole_ring(r, messages, 1, bytes);
    } else if (name == "allreduce/ring:2") {
        whole_ring(r, messages, 2, bytes, rails, ports);
    } else if (name == "allreduce/hierarchical") {
        hierarchical_allreduce(r, messages, bytes);
    } else if (name == "reduce_scatter/hierarchical") {
        hierarchical_reduce_scatter(r, messages, bytes);
    } else if (name == "allgather/hierarchical") {
        hierarchical_allgather(r, messages, bytes);
    } else if (name == "alltoall/direct") {
        direct_alltoall(r, messages, bytes);
    } else if (name == "alltoall/pairwise") {
        pairwise_alltoall(r, messages, bytes);
    } else if (name == "alltoall/hierarchical") {
        hierarchical_alltoall(r, messages, bytes);
    } else if (name == "broadcast/binomial") {
        binomial(r, messages, Way::from_root, Amount::whole, bytes);
    } else if (name == "reduce/binomial") {
        binomial(r, messages, Way::to_root, Amount::whole, bytes);
    } else if (name == "scatter/binomial") {
        binomial(r, messages, Way::from_root, Amount::parts, bytes);
    } else if (name == "gather/binomial") {
        binomial(r, messages, Way::to_root, Amount::parts, bytes);
    } else if (name == "scatter/direct") {
        direct_rooted(r, messages, Way::from_root, bytes);
    } else if (name == "gather/direct") {
        direct_rooted(r, messages, Way::to_root, bytes);
    } else if (name == "sendrecv/direct") {
        ring(messages, 1, (r.rank + 1) % r.size, (r.rank + r.size - 1) % r.size, bytes);
    } else {
        return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv)
{
    MPI_Init(&argc, &argv);
    constexpr int first_chunks = 6;
    if (argc < first_chunks) {
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    const std::string name = argv[1];
    const auto bytes = static_cast<std::size_t>(std::atoll(argv[2]));
    Ranks ranks;
    MPI_Comm_rank(MPI_COMM_WORLD, &ranks.rank);
    ranks.nodes = std::atoi(argv[3]);
    ranks.a_node = std::atoi(argv[4]);
    ranks.nodes_a_leaf = std::atoi(argv[5]);
    ranks.size = ranks.nodes * ranks.a_node;
    Messages messages(bytes);
    const auto print = [&] {
        const double seconds = messages.take_seconds();
        if (ranks.rank == 0) {
            std::printf("%.15g\n", seconds);
        }
    };
    const Stages stages = plumbline::simgrid::stages_of(name, ranks, static_cast<double>(bytes));
    for (int argument = first_chunks; argument < argc && !stages.empty(); ++argument) {
        pipeline(ranks, messages, stages, std::atoi(argv[argument]));
        print();
    }
    if (stages.empty()) {
        if (!run(name, ranks, messages, bytes)) {
            std::fprintf(stderr, "no algorithm %s\n", name.c_str());
            MPI_Abort(MPI_COMM_WORLD, 2);
        }
        print();
    }
    MPI_Finalize();
    return 0;
}
