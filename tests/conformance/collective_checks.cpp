// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/collective_checks.hpp"

#include "collectives/operations/payload.hpp"
#include "tests/conformance/call_buffers.hpp"
#include "tests/conformance/calls.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

namespace plumbline::conformance {

namespace {

/// Local: the right output of `call` compared by the device, then with its first, a middle and its last element
/// changed.
void change_and_compare(Rank& me, DeviceVerifier& verifier, const CollectiveCall& call)
{
    const std::uint64_t elements = buffer_elements(call, me.rank(), me.size()).recv;
    if (elements == 0 || !has_output(call, me.rank(), me.size())) {
        return;
    }
    const std::uint64_t size = size_of(call.dtype);
    const std::uint64_t offset = 3 * size;  // not where a device's memory is aligned
    std::vector<std::byte> data(elements * size);
    fill_expected(call, me.rank(), me.size(), 0, data);
    const auto buffer = me.group.allocate(offset + data.size());
    buffer->upload(offset, data);
    const auto right = verifier.first_wrong(call, *buffer, offset);
    ++me.checked;
    me.expect(!right, fmt::format("{}: element {} is called wrong", describe_call(call), right.value_or(0)));
    for (const std::uint64_t element : {elements - 1, elements / 2, std::uint64_t{0}}) {
        const std::byte changed = data[element * size] ^ std::byte{1};
        buffer->upload(offset + element * size, std::span(&changed, 1));
        const auto wrong = verifier.first_wrong(call, *buffer, offset);
        me.expect(wrong == element,
                  fmt::format("{}: the changed element {} isn't found", describe_call(call), element));
    }
}

/// all_calls(), and those that a library may have as one call of its own in that form too.
std::vector<CollectiveCall> calls_in_all_forms(const CollectiveInfo& what, std::span<const std::uint64_t> counts,
                                               const Rank& me)
{
    std::vector<CollectiveCall> calls = all_calls(what.collective, counts, me.rank(), me.size());
    if (what.call_forms) {
        const std::size_t grouped = calls.size();
        for (std::size_t i = 0; i < grouped; ++i) {
            calls.push_back(calls[i]);
            calls.back().form = CallForm::native;
        }
    }
    return calls;
}

}  // namespace

void every_form_of_every_collective(Rank& me)
{
    // 5000 float64 are more than a page, and no multiple of what libraries cut messages by.
    constexpr std::array<std::uint64_t, 4> counts{1, 3, 17, 5003};
    for (const CollectiveInfo& row : all_collectives()) {
        const int before = me.checked;
        for (const CollectiveCall& call : calls_in_all_forms(row, counts, me)) {
            run_and_check(me, me.group, call);
        }
        const bool needs_partner = row.pairs && me.size() == 1;
        me.expect(me.checked > before || needs_partner, fmt::format("{} can't be done in any form", row.name));
    }
}

void calls_of_no_elements(Rank& me)
{
    for (const CollectiveInfo& row : all_collectives()) {
        CollectiveCall call{.collective = row.collective, .count = 0};
        if (row.collective == Collective::alltoallv) {
            call.send_counts = BlockCounts::even(static_cast<std::size_t>(me.size()), 0);
            call.recv_counts = BlockCounts::even(static_cast<std::size_t>(me.size()), 0);
        }
        run_and_check(me, me.group, call);
    }
}

void pair_layouts_and_windows(Rank& me)
{
    for (const PairLayout pairs : {PairLayout::adjacent, PairLayout::halves}) {
        for (const int window : {1, 2, 32}) {
            for (const Collective collective : {Collective::pingpong, Collective::bidirectional}) {
                run_and_check(me, me.group, {.collective = collective, .count = 20, .pairs = pairs, .window = window});
            }
        }
    }
}

void uneven_alltoallv(Rank& me)
{
    for (const SkewKind kind : {SkewKind::random, SkewKind::zipf, SkewKind::hot}) {
        const TrafficMatrix matrix(kind, me.size(), 100, 1.5, 2);
        const CollectiveCall call{.collective = Collective::alltoallv, .dtype = DataType::float16, .count = 100};
        run_and_check(me, me.group, with_counts(call, matrix, me.rank()));
    }
    // Rank i sends rank j i * n + j elements: no two alike, and rank 0 sends nothing to itself.
    std::vector<std::uint64_t> bytes(static_cast<std::size_t>(me.size()) * static_cast<std::size_t>(me.size()));
    std::iota(bytes.begin(), bytes.end(), std::uint64_t{0});
    const TrafficMatrix table(bytes, me.size(), DataType::int8);
    run_and_check(me, me.group,
                  with_counts({.collective = Collective::alltoallv, .dtype = DataType::int8}, table, me.rank()));
}

void large_messages(Rank& me)
{
    constexpr std::uint64_t count = (std::uint64_t{1} << 20) + 7;
    for (const Collective collective : {Collective::allreduce, Collective::alltoall, Collective::sendrecv}) {
        run_and_check(me, me.group,
                      {.collective = collective, .dtype = DataType::uint8, .op = ReduceOp::max, .count = count});
    }
}

void some_ranks_in_another_order(Rank& me)
{
    std::vector<int> ranks(static_cast<std::size_t>(me.size() - 1));
    std::iota(ranks.rbegin(), ranks.rend(), 1);
    if (me.rank() == 0) {
        return;
    }
    const auto members = me.world.subgroup(ranks);
    const auto some = me.backend.make_group(*members);
    me.expect(some->size() == me.size() - 1, "the group has another size than its members");
    me.expect(some->rank() == me.size() - 1 - me.rank(), "the order of the members is not that of the group's ranks");
    for (const CollectiveInfo& row : all_collectives()) {
        if (row.collective != Collective::alltoallv) {
            run_and_check(me, *some, {.collective = row.collective, .dtype = DataType::int32, .count = 17});
        }
    }
}

void subgroups_split_off(Rank& me)
{
    GroupSplitting* const splitting = me.backend.group_splitting();
    if (splitting == nullptr) {
        return;
    }
    for (int turn = 0; turn < 2; ++turn) {
        // Pairs of 2 k + 2 and 2 k + 1, in that order; rank 0, and the last one where it has no partner, has no
        // subgroup.
        const int lower = (me.rank() - 1) / 2 * 2 + 1;
        const bool has_subgroup = me.rank() > 0 && lower + 1 < me.size();
        const std::vector<int> ranks{lower + 1, lower};
        const auto members = has_subgroup ? me.world.subgroup(ranks) : nullptr;
        const auto subgroup = splitting->split(me.group, members.get());
        me.expect((subgroup != nullptr) == has_subgroup,
                  "a team was made for a rank that has none, or the other way round");
        if (subgroup == nullptr) {
            continue;
        }
        me.expect(subgroup->size() == 2, "the team has another size than its members");
        me.expect(subgroup->rank() == (me.rank() == lower ? 1 : 0),
                  "the order of the members is not that of the team's ranks");
        for (const CollectiveInfo& row : all_collectives()) {
            if (row.collective != Collective::alltoallv) {
                run_and_check(me, *subgroup, {.collective = row.collective, .dtype = DataType::int32, .count = 17});
            }
        }
    }
    run_and_check(me, me.group, {.collective = Collective::allreduce, .dtype = DataType::int32, .count = 17});
}

void two_operations_in_turn(Rank& me)
{
    const CollectiveCall first{.collective = Collective::broadcast, .count = 300};
    const CollectiveCall second{.collective = Collective::allgather, .dtype = DataType::int32, .count = 70};
    CallBuffers first_buffers(me.group, first);
    CallBuffers second_buffers(me.group, second);
    const auto first_operation = me.group.prepare(first, first_buffers.send(), first_buffers.recv());
    const auto second_operation = me.group.prepare(second, second_buffers.send(), second_buffers.recv());
    me.group.connect();
    for (int i = 0; i < 3; ++i) {
        first_buffers.fill();
        second_buffers.fill();
        me.group.synchronize();
        for (Operation* operation : {first_operation.get(), second_operation.get(), first_operation.get()}) {
            operation->start();
            operation->finish();
        }
        me.expect(!first_buffers.objection(), "a broadcast beside an allgather gave wrong data");
        me.expect(!second_buffers.objection(), "an allgather beside a broadcast gave wrong data");
        me.checked += 2;
    }
}

void collectives_beside_compute(Rank& me)
{
    constexpr std::uint64_t count = 5003;
    constexpr int test_calls = 100;
    for (const Collective collective : {Collective::allreduce, Collective::reduce_scatter, Collective::allgather,
                                        Collective::alltoall, Collective::alltoallv}) {
        CollectiveCall call{.collective = collective, .count = count};
        if (collective == Collective::alltoallv) {
            call = with_counts(call, TrafficMatrix(SkewKind::uniform, me.size(), count, 1, 1), me.rank());
        }
        if (me.group.unsupported_reason(call)) {
            continue;  // said of the blocking form
        }
        CallBuffers buffers(me.group, call);
        const auto operation = prepare_overlapped(me.group, call, buffers.send(), buffers.recv());
        OverlapControl* const overlap = operation->overlap();
        me.group.connect();
        for (int repetition = 0; repetition < 2; ++repetition) {
            buffers.fill();
            me.group.synchronize();
            operation->start();
            for (int i = 0; i < test_calls && overlap != nullptr && !overlap->test(); ++i) {
            }
            operation->finish();
            const auto wrong = buffers.objection();
            me.expect(!wrong, fmt::format("{} beside compute: {}", describe_call(call), wrong.value_or("")));
            ++me.checked;
        }
    }
}

namespace {

/// Whether executions that follow each other on the same buffers give what one gives.
bool can_be_repeated(const CollectiveCall& call)
{
    return !call.in_place || !info(call.collective).reduces;
}

void run_chain_and_check(Rank& me, CollectiveQueue& queue, const CollectiveCall& call)
{
    constexpr std::size_t length = 5;
    std::vector<std::unique_ptr<CallBuffers>> buffers;
    std::vector<BufferPair> pairs;
    for (std::size_t i = 0; i < queue.buffer_pairs(length); ++i) {
        buffers.push_back(std::make_unique<CallBuffers>(me.group, call));
        pairs.push_back({.send = &buffers.back()->send(), .recv = &buffers.back()->recv()});
    }
    const auto chain = queue.prepare_chain(call, pairs, length);
    me.group.connect();
    for (int repetition = 0; repetition < 2; ++repetition) {
        for (const auto& one : buffers) {
            one->fill();
        }
        me.group.synchronize();
        chain->start();
        chain->finish();
        for (const auto& one : buffers) {
            const auto wrong = buffers.size() == length || can_be_repeated(call) ? one->objection() : std::nullopt;
            me.expect(!wrong, fmt::format("{} in a chain: {}", describe_call(call), wrong.value_or("")));
        }
        ++me.checked;
    }
}

}  // namespace

void chains(Rank& me)
{
    CollectiveQueue* const queue = me.group.collective_queue();
    if (queue == nullptr) {
        return;
    }
    constexpr std::array<std::uint64_t, 1> counts{5003};
    for (const CollectiveInfo& row : all_collectives()) {
        for (const CollectiveCall& call : calls_in_all_forms(row, counts, me)) {
            const bool shown_by_others = call.dtype != DataType::float32 && call.dtype != DataType::bfloat16;
            if (!shown_by_others && !me.group.unsupported_reason(call) && !queue->unqueueable_reason(call)) {
                run_chain_and_check(me, *queue, call);
            }
        }
    }
}

void device_finds_what_was_changed(Rank& me)
{
    constexpr std::array<std::uint64_t, 2> counts{1, 5003};
    DeviceVerifier* const verifier = me.group.device_verifier();
    if (verifier == nullptr) {
        return;
    }
    for (const CollectiveInfo& row : all_collectives()) {
        for (const CollectiveCall& call : all_calls(row.collective, counts, me.rank(), me.size())) {
            if (!me.group.unsupported_reason(call)) {
                change_and_compare(me, *verifier, call);
            }
        }
    }
}

}  // namespace plumbline::conformance
