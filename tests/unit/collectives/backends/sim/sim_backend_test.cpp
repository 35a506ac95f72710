// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/sim_backend.hpp"

#include "collectives/backends/sim/cost_model.hpp"
#include "collectives/backends/sim/fiber_group.hpp"
#include "collectives/backends/sim/fibers.hpp"
#include "collectives/operations/payload.hpp"
#include "collectives/operations/traffic.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"
#include "tests/support/self_communicator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline::sim {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::Pair;

/// One rank of a simulated launch.
struct Rank {
    SimBackend& backend;
    Group& group;
    Communicator& comm;
    int rank;
    int ranks;
    double now_s() const { return backend.clock().now_s(); }
};

/// What `body` returns on each rank.
std::vector<double> on_each_rank(const Cluster& cluster, int ranks, const std::function<double(const Rank&)>& body)
{
    std::vector<double> results(static_cast<std::size_t>(ranks));
    run_simulated(cluster, ranks, [&](Communicator& comm, SimBackend& backend) {
        const auto group = backend.make_group(comm);
        results[static_cast<std::size_t>(comm.rank())] = body({backend, *group, comm, comm.rank(), comm.size()});
    });
    return results;
}

void execute(Operation& operation)
{
    operation.start();
    operation.finish();
}

void compute(const Rank& me, double seconds)
{
    execute(*me.group.prepare_compute({.seconds = seconds}));
}

CollectiveCall call_of(Collective collective, std::uint64_t count)
{
    CollectiveCall call;
    call.collective = collective;
    call.count = count;
    return call;
}

/// As `call`, with the counts of a mildly uneven alltoallv where it is one.
CollectiveCall with_counts(CollectiveCall call, int rank, int ranks)
{
    if (call.collective == Collective::alltoallv) {
        for (int peer = 0; peer < ranks; ++peer) {
            const int uneven = call.in_place ? 0 : 1;
            call.send_counts.push_back(call.count + static_cast<std::uint64_t>(uneven * (2 * rank + peer)));
            call.recv_counts.push_back(call.count + static_cast<std::uint64_t>(uneven * (2 * peer + rank)));
        }
    }
    return call;
}

/// The buffers of one call on one rank, filled with its input, and what must be there afterwards.
class PreparedCall {
public:
    PreparedCall(const Rank& me, CollectiveCall call)
        : call_(std::move(call)), rank_(me.rank), ranks_(me.ranks), one_buffer_(call_.in_place || is_broadcast())
    {
        const BufferElements elements = buffer_elements(call_, rank_, ranks_);
        const std::uint64_t element = size_of(call_.dtype);
        recv_ = me.group.allocate((one_buffer_ ? std::max(elements.send, elements.recv) : elements.recv) * element);
        send_ = me.group.allocate(one_buffer_ ? 0 : elements.send * element);
        if (call_.in_place) {
            offsets_ = in_place_offsets(call_, rank_, ranks_);
        }
        recv_->fill(std::byte{0xA5});
        std::vector<std::byte> input((is_broadcast() ? elements.recv : elements.send) * element);
        fill_input(call_, rank_, ranks_, 0, input);
        if (!is_broadcast() || rank_ == call_.root) {
            send().upload(offsets_.input * element, input);
        }
        operation_ = me.group.prepare(call_, send(), *recv_);
    }

    void execute() const { sim::execute(*operation_); }
    Operation& operation() const { return *operation_; }

    void expect_right() const
    {
        if (!has_output(call_, rank_, ranks_)) {
            return;
        }
        const std::uint64_t element = size_of(call_.dtype);
        std::vector<std::byte> output(buffer_elements(call_, rank_, ranks_).recv * element);
        recv_->download(offsets_.output * element, output);
        const auto mismatch = check_output(call_, rank_, ranks_, 0, output);
        if (mismatch) {
            ADD_FAILURE() << name(call_.collective) << " " << name(call_.dtype) << " " << name(call_.op) << " in place "
                          << call_.in_place << " root " << call_.root << " rank " << rank_ << " of " << ranks_
                          << ": element " << mismatch->element << " is " << mismatch->got << ", not "
                          << mismatch->expected;
        }
    }

private:
    bool is_broadcast() const { return call_.collective == Collective::broadcast; }
    Buffer& send() const { return one_buffer_ ? *recv_ : *send_; }

    CollectiveCall call_;
    int rank_;
    int ranks_;
    bool one_buffer_;
    InPlaceOffsets offsets_;
    std::unique_ptr<Buffer> send_;
    std::unique_ptr<Buffer> recv_;
    std::unique_ptr<Operation> operation_;
};

// ---------------------------------------------------------------------------------------------- collectives

TEST(SimCollective, takes_exactly_its_closed_form_at_1_to_8_ranks)
{
    const Cluster cluster{.latency_s = 3e-6, .bandwidth_bytes_per_s = 7e9};
    for (const CollectiveInfo& row : all_collectives()) {
        for (int ranks = 1; ranks <= 8; ++ranks) {
            CollectiveCall call = call_of(row.collective, 1001);
            call.window = row.collective == Collective::bidirectional ? 16 : 1;
            std::uint64_t bytes = total_bytes(call, ranks);
            if (row.collective == Collective::alltoallv) {  // the last rank sends most: 1001 + 2 (n - 1) + peer to each
                const auto n = static_cast<std::uint64_t>(ranks);
                bytes = 4 * (n * (1001 + 2 * (n - 1)) + n * (n - 1) / 2);
            }
            const double expected_s = collective_seconds(row.collective, ranks, bytes, call.window, 3e-6, 7e9);
            const auto times_s = on_each_rank(cluster, ranks, [&](const Rank& me) {
                const PreparedCall prepared(me, with_counts(call, me.rank, me.ranks));
                prepared.execute();
                return me.now_s();
            });
            for (int rank = 0; rank < ranks; ++rank) {
                const bool sits_out = row.pairs && !partner(call.pairs, rank, ranks);
                EXPECT_NEAR(times_s[static_cast<std::size_t>(rank)], sits_out ? 0 : expected_s, 1e-12 * expected_s)
                    << row.name << " rank " << rank << " of " << ranks;
            }
        }
    }
}

TEST(SimCollective, moves_the_right_data_for_every_type_operator_root_and_place)
{
    for (const int ranks : {1, 2, 3, 5, 8}) {
        on_each_rank({}, ranks, [](const Rank& me) {
            for (const CollectiveInfo& row : all_collectives()) {
                for (const DataTypeInfo& type : all_data_types()) {
                    for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max, ReduceOp::min}) {
                        for (const bool in_place : {false, true}) {
                            for (const int root : {0, me.ranks - 1}) {
                                if ((in_place && !row.in_place) || (op != ReduceOp::sum && !row.reduces) ||
                                    (root != 0 && !row.rooted)) {
                                    continue;
                                }
                                CollectiveCall call = call_of(row.collective, 13);
                                call.dtype = type.dtype;
                                call.op = op;
                                call.root = root;
                                call.in_place = in_place;
                                const PreparedCall prepared(me, with_counts(call, me.rank, me.ranks));
                                prepared.execute();
                                prepared.expect_right();
                            }
                        }
                    }
                }
            }
            return 0.0;
        });
    }
}

TEST(SimCollective, pairs_may_face_each_other_across_the_halves)
{
    on_each_rank({}, 7, [](const Rank& me) {
        for (const Collective collective : {Collective::pingpong, Collective::bidirectional}) {
            CollectiveCall call = call_of(collective, 9);
            call.pairs = PairLayout::halves;
            const PreparedCall prepared(me, call);
            prepared.execute();
            prepared.expect_right();
        }
        return 0.0;
    });
}

TEST(SimCollective, works_with_empty_blocks)
{
    on_each_rank({}, 3, [](const Rank& me) {
        for (const CollectiveInfo& row : all_collectives()) {
            CollectiveCall call = call_of(row.collective, 0);
            call.send_counts.assign(3, 0);
            call.recv_counts.assign(3, 0);
            PreparedCall(me, call).execute();
        }
        return 0.0;
    });
}

TEST(SimCollective, starts_when_the_last_rank_is_there)
{
    const Cluster cluster{.latency_s = 1e-3, .bandwidth_bytes_per_s = 1e9};
    const auto times_s = on_each_rank(cluster, 4, [](const Rank& me) {
        compute(me, 0.25 * me.rank);
        PreparedCall(me, call_of(Collective::barrier, 0)).execute();
        return me.now_s();
    });
    EXPECT_THAT(times_s, Each(0.75 + 4e-3));
}

TEST(SimCollective, a_late_rank_delays_only_its_own_pair)
{
    const Cluster cluster{.latency_s = 1, .bandwidth_bytes_per_s = 1e9};
    const auto times_s = on_each_rank(cluster, 5, [](const Rank& me) {
        compute(me, me.rank == 3 ? 10 : 0);
        PreparedCall(me, call_of(Collective::pingpong, 0)).execute();
        return me.now_s();
    });
    EXPECT_THAT(times_s, testing::ElementsAre(2, 2, 12, 12, 0));
}

TEST(SimCollective, compute_between_start_and_finish_hides_it)
{
    const Cluster cluster{.latency_s = 1, .bandwidth_bytes_per_s = 1e9};
    const auto times_s = on_each_rank(cluster, 2, [](const Rank& me) {
        const PreparedCall first(me, call_of(Collective::barrier, 0));
        const PreparedCall second(me, call_of(Collective::barrier, 0));
        first.operation().start();
        second.operation().start();
        compute(me, 5);
        second.operation().finish();
        first.operation().finish();
        return me.now_s();
    });
    EXPECT_THAT(times_s, Each(5.0));
}

TEST(SimCollective, hot_alltoallv_is_slower_by_the_skew_factor)
{
    constexpr int ranks = 8;
    constexpr std::uint64_t mean = 1400;
    const Cluster cluster{.latency_s = 0, .bandwidth_bytes_per_s = 1e9};
    const auto seconds = [&](const TrafficMatrix& traffic) {
        return on_each_rank(cluster, ranks, [&](const Rank& me) {
            CollectiveCall call = call_of(Collective::alltoallv, mean);
            call.send_counts = traffic.row(me.rank);
            call.recv_counts = traffic.column(me.rank);
            const PreparedCall prepared(me, call);
            prepared.execute();
            prepared.expect_right();
            return me.now_s();
        })[0];
    };
    const TrafficMatrix hot(SkewKind::hot, ranks, mean, 3.0, 42);
    const double even_s = seconds(TrafficMatrix(SkewKind::uniform, ranks, mean, 1.0, 42));
    EXPECT_NEAR(hot.skew_factor(), 3.0, 1e-12);
    EXPECT_NEAR(seconds(hot) / even_s, 3.0, 1e-12);
}

TEST(SimGroup, align_brings_all_clocks_to_the_latest)
{
    const auto times_s = on_each_rank({}, 4, [](const Rank& me) {
        compute(me, me.rank);
        me.group.synchronize();
        return me.now_s();
    });
    EXPECT_THAT(times_s, Each(3.0));
}

TEST(SimGroup, subgroups_go_their_own_way_and_can_be_joined_again)
{
    const Cluster cluster{.latency_s = 1, .bandwidth_bytes_per_s = 1e9};
    const auto times_s = on_each_rank(cluster, 5, [](const Rank& me) {
        const std::vector<int> mine = me.rank < 2 ? std::vector{1, 0} : std::vector{4, 2, 3};
        const auto members = me.comm.subgroup(mine);
        for (int turn = 0; turn < 3; ++turn) {
            const auto group = me.backend.make_group(*members);
            EXPECT_EQ(group->size(), static_cast<int>(mine.size()));
            const Rank there{me.backend, *group, *members, group->rank(), group->size()};
            const PreparedCall prepared(there, call_of(Collective::allgather, 4));
            prepared.execute();
            prepared.expect_right();
        }
        return me.now_s();
    });
    // Three allgathers of (p - 1) alpha and 16 bytes a block.
    const double pair_s = 3 * (1 + 16e-9);
    const double three_s = 3 * (2 + 2 * 16e-9);
    for (std::size_t rank = 0; rank < 5; ++rank) {
        EXPECT_NEAR(times_s[rank], rank < 2 ? pair_s : three_s, 1e-12);
    }
}

// ------------------------------------------------------------------------------------------- point to point

// One message of 1000 bytes: 1 s on the wire and 0.25 s of latency.
const Cluster eager{.latency_s = 0.25, .bandwidth_bytes_per_s = 1000};
const Cluster rendezvous{.latency_s = 0.25, .bandwidth_bytes_per_s = 1000, .rendezvous = true};

std::vector<std::byte> message(int number, std::uint64_t bytes = 1000)
{
    return std::vector<std::byte>(bytes, static_cast<std::byte>(number));
}

std::unique_ptr<Buffer> buffer_with(const Rank& me, const std::vector<std::byte>& data)
{
    auto buffer = me.group.allocate(data.size());
    buffer->upload(0, data);
    return buffer;
}

std::vector<std::byte> content(const Buffer& buffer)
{
    std::vector<std::byte> data(buffer.size_bytes());
    buffer.download(0, data);
    return data;
}

TEST(SimMessage, eager_messages_of_one_sender_share_its_link)
{
    const auto times_s = on_each_rank(eager, 3, [](const Rank& me) {
        if (me.rank == 0) {
            const auto first = buffer_with(me, message(1));
            const auto second = buffer_with(me, message(2));
            const auto to_1 = me.group.prepare_send(1, 7, *first, 1000);
            const auto to_2 = me.group.prepare_send(2, 7, *second, 1000);
            to_1->start();
            to_2->start();
            EXPECT_EQ(me.now_s(), 0) << "posting is free";
            to_1->finish();
            EXPECT_EQ(me.now_s(), 1) << "the buffer is free once the message has left";
            first->fill(std::byte{0});
            to_2->finish();
            return me.now_s();
        }
        const auto buffer = me.group.allocate(1000);
        execute(*me.group.prepare_receive(0, 7, *buffer, 1000));
        EXPECT_EQ(content(*buffer), message(me.rank));
        return me.now_s();
    });
    EXPECT_THAT(times_s, testing::ElementsAre(2, 1.25, 2.25));
}

TEST(SimMessage, eager_message_waits_for_a_late_receiver_at_no_cost)
{
    const auto times_s = on_each_rank(eager, 2, [](const Rank& me) {
        const auto buffer = buffer_with(me, message(me.rank));
        compute(me, me.rank * 10);
        execute(me.rank == 0 ? *me.group.prepare_send(1, 0, *buffer, 1000)
                             : *me.group.prepare_receive(0, 0, *buffer, 1000));
        return me.now_s();
    });
    EXPECT_THAT(times_s, testing::ElementsAre(1, 10));
}

TEST(SimMessage, rendezvous_starts_when_both_sides_are_there)
{
    for (const int late : {0, 1}) {
        const auto times_s = on_each_rank(rendezvous, 2, [&](const Rank& me) {
            const auto buffer = buffer_with(me, message(me.rank));
            compute(me, me.rank == late ? 10 : 0);
            execute(me.rank == 0 ? *me.group.prepare_send(1, 0, *buffer, 1000)
                                 : *me.group.prepare_receive(0, 0, *buffer, 1000));
            EXPECT_EQ(content(*buffer), message(0));
            return me.now_s();
        });
        EXPECT_THAT(times_s, testing::ElementsAre(11, 11.25)) << "late rank " << late;
    }
}

TEST(SimMessage, messages_of_one_tag_keep_their_order_and_tags_keep_apart)
{
    for (const Cluster& cluster : {eager, rendezvous}) {
        on_each_rank(cluster, 2, [](const Rank& me) {
            std::vector<std::unique_ptr<Buffer>> buffers;
            std::vector<std::unique_ptr<Operation>> operations;
            for (const int number : {0, 1, 2, 3}) {
                const int tag = number % 2;
                buffers.push_back(buffer_with(me, me.rank == 0 ? message(number) : message(99)));
                operations.push_back(me.rank == 0 ? me.group.prepare_send(1, tag, *buffers.back(), 1000)
                                                  : me.group.prepare_receive(0, tag, *buffers.back(), 1000));
            }
            // The receiver takes tag 1 first.
            const std::array<std::size_t, 4> order =
                me.rank == 0 ? std::array<std::size_t, 4>{0, 1, 2, 3} : std::array<std::size_t, 4>{1, 3, 0, 2};
            for (const std::size_t i : order) {
                operations[i]->start();
            }
            for (const std::size_t i : order) {
                operations[i]->finish();
                if (me.rank == 1) {
                    EXPECT_EQ(content(*buffers[i]), message(static_cast<int>(i)));
                }
            }
            return 0.0;
        });
    }
}

TEST(SimMessage, a_ring_of_posted_messages_needs_no_order_of_finishing)
{
    for (const Cluster& cluster : {eager, rendezvous}) {
        const auto times_s = on_each_rank(cluster, 5, [](const Rank& me) {
            const auto out = buffer_with(me, message(me.rank));
            const auto in = me.group.allocate(1000);
            const auto send = me.group.prepare_send((me.rank + 1) % 5, 0, *out, 1000);
            const auto receive = me.group.prepare_receive((me.rank + 4) % 5, 0, *in, 1000);
            for (int turn = 0; turn < 3; ++turn) {
                send->start();
                receive->start();
                send->finish();
                receive->finish();
                EXPECT_EQ(content(*in), message((me.rank + 4) % 5));
            }
            return me.now_s();
        });
        EXPECT_THAT(times_s, Each(3 * 1.25));
    }
}

// ------------------------------------------------------------------------------------------------ workloads

struct StepTimes {
    double step_s = 0;
    std::vector<double> compute_s;
};

StepTimes run_workload(const Cluster& cluster, int ranks, const std::function<Program(int)>& program_of)
{
    StepTimes result{.compute_s = std::vector<double>(static_cast<std::size_t>(ranks))};
    const auto times_s = on_each_rank(cluster, ranks, [&](const Rank& me) {
        WorkloadOperation step(me.group, me.backend.clock(), program_of(me.rank));
        execute(step);
        result.compute_s[static_cast<std::size_t>(me.rank)] = step.shares().of(TimeCategory::compute);
        return me.now_s();
    });
    result.step_s = std::ranges::max(times_s);
    return result;
}

PipelineSpec pipeline_of(PipelineSchedule schedule, int microbatches, std::uint64_t activation_bytes)
{
    return {.schedule = schedule,
            .microbatches = microbatches,
            .activation_bytes = activation_bytes,
            .forward_s = 0.010,
            .backward_s = 0.020};
}

StepTimes run_pipeline(const Cluster& cluster, const PipelineSpec& spec, int stages)
{
    return run_workload(cluster, stages, [&](int stage) { return pipeline_program(spec, stage, stages); });
}

constexpr auto schedules = {PipelineSchedule::gpipe, PipelineSchedule::one_f_one_b};

TEST(SimPipeline, without_communication_cost_the_step_is_the_closed_form)
{
    const Cluster free{.latency_s = 0, .bandwidth_bytes_per_s = 1e300};
    for (const PipelineSchedule schedule : schedules) {
        for (const auto& [microbatches, expected_s] : {std::pair{8, 0.45}, std::pair{32, 1.17}, std::pair{48, 1.65}}) {
            const StepTimes times = run_pipeline(free, pipeline_of(schedule, microbatches, 1000), 8);
            EXPECT_NEAR(times.step_s, expected_s, 1e-12 * expected_s) << name(schedule) << microbatches;
            for (const double compute_s : times.compute_s) {
                EXPECT_NEAR(compute_s, 0.030 * microbatches, 1e-12);
            }
        }
    }
}

/// Communication that blocking receives expose, in messages of c = alpha + bytes beta, under rendezvous.
///
/// A stage takes a message only when it has nothing else to do, so each forward occupies a stage for tf + c and each
/// backward for tb + c. GPipe: the last stage has its m forwards after (p-1)(tf+c) + tf + (m-1)(tf+c), hence m+p-2
/// messages; the backwards mirror that. 1F1B with three stages or more: the same, but where the last stage turns round,
/// its second activation travels beside the first gradient (none with m = 1). Two stages: every activation but the
/// first travels beside a gradient, m + 1 messages in all.
int exposed_messages(PipelineSchedule schedule, int microbatches, int stages)
{
    if (stages == 1) {
        return 0;
    }
    if (schedule == PipelineSchedule::one_f_one_b && stages == 2) {
        return microbatches + 1;
    }
    const int saved = schedule == PipelineSchedule::one_f_one_b && microbatches > 1 ? 1 : 0;
    return 2 * (microbatches + stages - 2) - saved;
}

TEST(SimPipeline, blocking_rendezvous_exposes_the_closed_form)
{
    const double c_s = 2.0153e-3;
    const Cluster cluster{.latency_s = 2e-6, .bandwidth_bytes_per_s = 1000 / (c_s - 2e-6), .rendezvous = true};
    for (const PipelineSchedule schedule : schedules) {
        for (const int stages : {1, 2, 3, 5, 8}) {
            for (const int microbatches : {1, 2, 3, 7, 8, 48}) {
                const PipelineSpec spec = pipeline_of(schedule, microbatches, 1000);
                const double expected_s =
                    ideal_pipeline_step_s(spec, stages) + exposed_messages(schedule, microbatches, stages) * c_s;
                EXPECT_NEAR(run_pipeline(cluster, spec, stages).step_s, expected_s, 1e-12 * expected_s)
                    << name(schedule) << " stages " << stages << " micro-batches " << microbatches;
            }
        }
    }
}

TEST(SimPipeline, exposes_108_and_107_messages_at_8_stages_and_48_micro_batches)
{
    // As measured with an independent simulator: 1.8676 s and 1.8656 s.
    EXPECT_EQ(exposed_messages(PipelineSchedule::gpipe, 48, 8), 108);
    EXPECT_EQ(exposed_messages(PipelineSchedule::one_f_one_b, 48, 8), 107);
    const Cluster cluster{.latency_s = 2e-6, .bandwidth_bytes_per_s = 25e9 / 1024, .rendezvous = true};
    constexpr std::uint64_t bytes = 49152;  // 48 MiB at 25 GB/s, both scaled by 1024
    EXPECT_NEAR(run_pipeline(cluster, pipeline_of(PipelineSchedule::gpipe, 48, bytes), 8).step_s, 1.8676, 1e-4);
    EXPECT_NEAR(run_pipeline(cluster, pipeline_of(PipelineSchedule::one_f_one_b, 48, bytes), 8).step_s, 1.8656, 1e-4);
}

TEST(SimPipeline, eager_gpipe_exposes_only_filling_and_draining)
{
    const double c_s = 2e-3;
    const Cluster cluster{.latency_s = 1e-3, .bandwidth_bytes_per_s = 1e6};
    for (const int stages : {2, 3, 8}) {
        for (const int microbatches : {1, 2, 8, 48}) {
            const PipelineSpec spec = pipeline_of(PipelineSchedule::gpipe, microbatches, 1000);
            const double expected_s = ideal_pipeline_step_s(spec, stages) + 2 * (stages - 1) * c_s;
            EXPECT_NEAR(run_pipeline(cluster, spec, stages).step_s, expected_s, 1e-12 * expected_s);
        }
    }
}

TEST(SimDataParallel, step_is_compute_plus_a_ring_allreduce)
{
    const Cluster cluster{.latency_s = 1e-5, .bandwidth_bytes_per_s = 1e9};
    const DataParallelSpec spec{.compute_s = 0.1, .gradient_bytes = 1'000'000};
    for (const int ranks : {1, 2, 3, 8}) {
        const StepTimes times = run_workload(cluster, ranks, [&](int) { return data_parallel_program(spec, ranks); });
        const double expected_s = 0.1 + 2 * (ranks - 1) * 1e-5 + 2.0 * (ranks - 1) / ranks * 1e-3;
        EXPECT_NEAR(times.step_s, expected_s, 1e-12 * expected_s) << ranks;
        EXPECT_THAT(times.compute_s, Each(0.1));
    }
}

TEST(Workload, can_be_repeated_and_counts_the_compute_of_the_last_execution)
{
    on_each_rank(eager, 3, [](const Rank& me) {
        const PipelineSpec spec = pipeline_of(PipelineSchedule::one_f_one_b, 4, 10);
        WorkloadOperation step(me.group, me.backend.clock(), pipeline_program(spec, me.rank, 3));
        double first_s = 0;
        for (int turn = 0; turn < 3; ++turn) {
            me.group.synchronize();
            const double begin_s = me.now_s();
            execute(step);
            const double took_s = me.now_s() - begin_s;
            first_s = turn == 0 ? took_s : first_s;
            EXPECT_NEAR(took_s, first_s, 1e-12);
            EXPECT_NEAR(step.shares().of(TimeCategory::compute), 0.12, 1e-12);
        }
        return 0.0;
    });
}

TEST(Workload, without_a_final_wait_finish_waits_for_the_sends)
{
    const auto times_s = on_each_rank(eager, 2, [](const Rank& me) {
        Program program;
        program.steps = {
            {.kind = me.rank == 0 ? Step::Kind::send : Step::Kind::receive, .peer = 1 - me.rank, .bytes = 1000}};
        WorkloadOperation step(me.group, me.backend.clock(), program);
        step.start();
        EXPECT_EQ(me.now_s(), me.rank == 0 ? 0 : 1.25);
        step.finish();
        return me.now_s();
    });
    EXPECT_THAT(times_s, testing::ElementsAre(1, 1.25));
}

// ------------------------------------------------------------------------------------- noise and slow ranks

/// The times of a mixed load, as multiples of its cost.
std::vector<double> noisy_times(double noise, std::uint64_t seed, int executions = 40)
{
    const Cluster cluster{.latency_s = 1, .bandwidth_bytes_per_s = 1000, .noise = noise, .seed = seed};
    std::vector<double> times;
    on_each_rank(cluster, 2, [&](const Rank& me) {
        const PreparedCall barrier(me, call_of(Collective::barrier, 0));
        for (int i = 0; i < executions; ++i) {
            const double begin_s = me.now_s();
            barrier.execute();
            if (me.rank == 0) {
                times.push_back((me.now_s() - begin_s) / 2);
            }
        }
        return 0.0;
    });
    return times;
}

TEST(SimNoise, same_seed_same_times_other_seed_other_times)
{
    EXPECT_EQ(noisy_times(0.1, 5), noisy_times(0.1, 5));
    const auto one = noisy_times(0.1, 5);
    const auto other = noisy_times(0.1, 6);
    for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_NE(one[i], other[i]);
    }
}

TEST(SimNoise, only_adds_and_has_the_mean_of_a_half_normal)
{
    const auto times = noisy_times(0.1, 1, 4000);
    EXPECT_THAT(times, Each(Ge(1.0 - 1e-9)));
    const double mean = std::accumulate(times.begin(), times.end(), 0.0) / 4000;
    // E|N| = sqrt(2/pi) = 0.7979; its mean over 4000 has a standard error of 0.0095.
    EXPECT_NEAR((mean - 1) / 0.1, 0.7979, 0.04);
}

TEST(SimNoise, touches_compute_and_messages_too_and_the_order_of_ranks_does_not_show)
{
    Cluster cluster{.latency_s = 1e-3, .bandwidth_bytes_per_s = 1e6, .noise = 0.2, .seed = 3};
    const PipelineSpec spec = pipeline_of(PipelineSchedule::one_f_one_b, 12, 1000);
    for (const bool with_rendezvous : {false, true}) {
        cluster.rendezvous = with_rendezvous;
        const StepTimes first = run_pipeline(cluster, spec, 6);
        EXPECT_GT(first.step_s, ideal_pipeline_step_s(spec, 6));
        EXPECT_THAT(first.compute_s, Each(testing::Gt(0.030 * 12)));
        for (int repetition = 0; repetition < 10; ++repetition) {
            const StepTimes again = run_pipeline(cluster, spec, 6);
            EXPECT_EQ(again.step_s, first.step_s);
            EXPECT_EQ(again.compute_s, first.compute_s);
        }
    }
}

TEST(SimSlowRank, slows_its_compute_and_every_exchange_it_is_part_of)
{
    Cluster cluster = eager;
    cluster.slow_ranks = {{2, 3.0}};
    const auto times_s = on_each_rank(cluster, 4, [](const Rank& me) {
        std::vector<double> marks{me.now_s()};
        const auto mark = [&] {
            me.group.synchronize();
            marks.push_back(me.now_s());
            return marks.back() - marks[marks.size() - 2];
        };
        compute(me, 1);
        EXPECT_EQ(me.now_s(), me.rank == 2 ? 3 : 1);
        EXPECT_EQ(mark(), 3);
        PreparedCall(me, call_of(Collective::barrier, 0)).execute();
        EXPECT_EQ(mark(), 3 * 4 * 0.25);
        PreparedCall(me, call_of(Collective::pingpong, 250)).execute();
        EXPECT_EQ(me.now_s() - marks.back(), (me.rank < 2 ? 1 : 3) * 2 * 1.25);
        EXPECT_EQ(mark(), 3 * 2 * 1.25);
        const auto buffer = me.group.allocate(1000);
        execute(me.rank % 2 == 0 ? *me.group.prepare_send(me.rank + 1, 0, *buffer, 1000)
                                 : *me.group.prepare_receive(me.rank - 1, 0, *buffer, 1000));
        EXPECT_EQ(mark(), 3 * 1.25);
        return me.now_s();
    });
    EXPECT_THAT(times_s, Each(3 + 3 + 7.5 + 3.75));
}

// ----------------------------------------------------------------------------------------- bad input, failures

/// What the three ranks that didn't fail were told, when rank 1 fails while they are in `wait` or about to be.
/// `launch` runs a body on four ranks.
template <class Launch>
std::vector<std::string> told_when_rank_1_fails(Launch launch, const std::function<void(const Rank&)>& wait)
{
    std::vector<std::string> told;
    WaitingFibers all_there;
    int waiting = 0;
    const auto body = [&](Communicator& comm, SimBackend& backend) {
        const auto group = backend.make_group(comm);
        if (comm.rank() == 1) {
            all_there.wait([&] { return waiting == 3; });
            throw std::runtime_error("disk on fire");
        }
        ++waiting;
        all_there.wake_all();
        try {
            wait({backend, *group, comm, comm.rank(), comm.size()});
        } catch (const std::runtime_error& error) {
            told.emplace_back(error.what());
            throw;
        }
    };
    EXPECT_THROW(launch(body), std::runtime_error);
    return told;
}

struct Wait {
    std::string what;
    std::function<void(const Rank&)> wait;
    bool with_eager = true;
};

const std::vector<Wait>& waits()
{
    static const std::vector<Wait> rows{
        {"collective", [](const Rank& me) { PreparedCall(me, call_of(Collective::allreduce, 8)).execute(); }},
        {"alignment", [](const Rank& me) { me.group.synchronize(); }},
        {"receive",
         [](const Rank& me) {
             const auto buffer = me.group.allocate(8);
             execute(*me.group.prepare_receive(1, 0, *buffer, 8));
         }},
        {"send",
         [](const Rank& me) {
             const auto buffer = me.group.allocate(8);
             execute(*me.group.prepare_send(1, 0, *buffer, 8));
         },
         false},
    };
    return rows;
}

TEST(SimFailure, of_one_rank_reaches_the_others_wherever_they_wait)
{
    for (const Cluster& cluster : {eager, rendezvous}) {
        for (const Wait& row : waits()) {
            if (cluster.rendezvous || row.with_eager) {
                const auto launch = [&](const auto& body) { run_simulated(cluster, 4, body); };
                EXPECT_THAT(told_when_rank_1_fails(launch, row.wait), AllOf(testing::SizeIs(3), Each("disk on fire")))
                    << row.what;
            }
        }
    }
}

TEST(SimFailure, wakes_the_others_without_the_cause_when_only_the_backend_is_unwound)
{
    for (const Wait& row : waits()) {
        const auto fabric = make_fabric(rendezvous, 4);
        const auto launch = [&](const auto& body) {
            run_as_fibers(4, [&](Communicator& comm) {
                SimBackend backend(fabric, comm.rank());
                body(comm, backend);
            });
        };
        EXPECT_THAT(told_when_rank_1_fails(launch, row.wait),
                    AllOf(testing::SizeIs(3), Each(HasSubstr("another rank failed"))))
            << row.what;
    }
}

TEST(SimFailure, reaches_groups_that_are_joined_later)
{
    const auto fabric = make_fabric({}, 2);
    test::SelfCommunicator alone;
    EXPECT_THROW(
        {
            const SimBackend failing(fabric, 1);
            throw std::runtime_error("disk on fire");
        },
        std::runtime_error);
    EXPECT_THROW(SimBackend(fabric, 0).make_group(alone), std::runtime_error);
}

TEST(SimFailure, a_backend_destroyed_in_peace_wakes_nobody)
{
    const auto fabric = make_fabric({}, 2);
    test::SelfCommunicator alone;
    {
        const SimBackend done(fabric, 1);
    }
    EXPECT_EQ(SimBackend(fabric, 0).make_group(alone)->size(), 1);
}

TEST(SimFailure, an_operation_destroyed_in_flight_ends_its_group)
{
    EXPECT_THROW(on_each_rank(eager, 2,
                              [](const Rank& me) {
                                  const PreparedCall barrier(me, call_of(Collective::barrier, 0));
                                  if (me.rank == 0) {
                                      barrier.operation().start();
                                  } else {
                                      barrier.execute();
                                      barrier.execute();
                                  }
                                  return 0.0;
                              }),
                 std::runtime_error);
}

TEST(SimFailure, ranks_in_different_collectives_are_an_error)
{
    const auto mismatched = [](const Rank& me) {
        PreparedCall(me, call_of(me.rank == 0 ? Collective::allreduce : Collective::alltoall, 8)).execute();
        return 0.0;
    };
    EXPECT_THROW(on_each_rank({}, 3, mismatched), std::logic_error);
}

TEST(SimFailure, sides_of_a_message_that_differ_in_size_are_an_error)
{
    for (const Cluster& cluster : {eager, rendezvous}) {
        const auto mismatched = [](const Rank& me) {
            const auto buffer = me.group.allocate(100);
            execute(me.rank == 0 ? *me.group.prepare_send(1, 0, *buffer, 100)
                                 : *me.group.prepare_receive(0, 0, *buffer, 99));
            return 0.0;
        };
        EXPECT_THROW(on_each_rank(cluster, 2, mismatched), std::logic_error);
    }
}

TEST(SimGroup, refuses_buffers_that_are_too_small)
{
    on_each_rank({}, 1, [](const Rank& me) {
        const auto small = me.group.allocate(15);
        EXPECT_THROW(me.group.prepare(call_of(Collective::allreduce, 4), *small, *small), std::logic_error);
        EXPECT_THROW(me.group.prepare_send(0, 0, *small, 16), std::logic_error);
        EXPECT_THROW(me.group.prepare_receive(0, 0, *small, 16), std::logic_error);
        return 0.0;
    });
}

TEST(SimGroup, says_what_cannot_be_done_in_place)
{
    on_each_rank({}, 2, [](const Rank& me) {
        for (const CollectiveInfo& row : all_collectives()) {
            CollectiveCall call = call_of(row.collective, 4);
            EXPECT_EQ(me.group.unsupported_reason(call), std::nullopt) << row.name;
            call.in_place = true;
            EXPECT_EQ(me.group.unsupported_reason(call).has_value(), !row.in_place) << row.name;
        }
        CollectiveCall uneven = call_of(Collective::alltoallv, 4);
        uneven.send_counts = {4, 5};
        uneven.recv_counts = {4, 5};
        EXPECT_EQ(me.group.unsupported_reason(uneven), std::nullopt);
        uneven.in_place = true;
        EXPECT_THAT(me.group.unsupported_reason(uneven).value_or(""), HasSubstr("same count"));
        return 0.0;
    });
}

TEST(SimGroup, buffers_hold_what_is_put_into_them)
{
    on_each_rank({}, 1, [](const Rank& me) {
        EXPECT_EQ(me.group.allocate(0)->size_bytes(), 0U);
        const auto buffer = me.group.allocate(6);
        buffer->fill(std::byte{7});
        buffer->upload(2, message(9, 3));
        EXPECT_EQ(content(*buffer),
                  (std::vector{std::byte{7}, std::byte{7}, std::byte{9}, std::byte{9}, std::byte{9}, std::byte{7}}));
        return 0.0;
    });
}

TEST(SimGroup, memory_is_shared_by_the_ranks)
{
    const auto available = [](const Rank& me) { return static_cast<double>(me.group.available_bytes()); };
    const auto bytes = on_each_rank({}, 64, available);
    EXPECT_THAT(bytes, Each(AllOf(testing::Gt(0), testing::Lt(on_each_rank({}, 1, available)[0] / 2))));
}

TEST(SimBackend, facts_say_what_was_simulated)
{
    const Cluster cluster{.latency_s = 2e-6,
                          .bandwidth_bytes_per_s = 25e9,
                          .noise = 0.05,
                          .seed = 42,
                          .rendezvous = true,
                          .slow_ranks = {{3, 2.5}}};
    const SimBackend backend(make_fabric(cluster, 4), 0);
    EXPECT_THAT(backend.info().facts,
                testing::ElementsAre(
                    Pair("library", "simulated alpha-beta cluster"), Pair("latency (alpha)", HasSubstr("2")),
                    Pair("link bandwidth (1/beta)", HasSubstr("25")), Pair("messages", "rendezvous"),
                    Pair("noise", HasSubstr("0.05")), Pair("noise seed", "42"), Pair("slow rank 3", HasSubstr("2.5"))));
    EXPECT_EQ(backend.info().kind, LibraryKind::simulated);
}

}  // namespace
}  // namespace plumbline::sim
