// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/calls.hpp"

#include "tests/conformance/call_buffers.hpp"

#include <fmt/format.h>

#include <set>

namespace plumbline::conformance {

std::string describe_call(const CollectiveCall& call)
{
    return fmt::format("{} {} {} count {} root {}{}{}", name(call.collective), name(call.dtype), name(call.op),
                       call.count, call.root, call.in_place ? " in place" : "",
                       call.form == CallForm::native ? " as one call" : "");
}

CollectiveCall with_counts(CollectiveCall call, const TrafficMatrix& matrix, int rank)
{
    call.send_counts = matrix.row(rank);
    call.recv_counts = matrix.column(rank);
    return call;
}

std::vector<CollectiveCall> all_calls(Collective collective, std::span<const std::uint64_t> counts, int rank, int ranks)
{
    const CollectiveInfo& what = info(collective);
    const auto ops = what.reduces ? std::vector{ReduceOp::sum, ReduceOp::max, ReduceOp::min} : std::vector{ReduceOp{}};
    const auto roots = what.rooted ? std::set{0, ranks - 1} : std::set{0};
    const auto places = what.in_place ? std::vector{false, true} : std::vector{false};
    std::vector<CollectiveCall> calls;
    const auto add = [&](const CollectiveCall& call) {
        const TrafficMatrix even(SkewKind::uniform, ranks, call.count, 1, 1);
        calls.push_back(collective == Collective::alltoallv ? with_counts(call, even, rank) : call);
    };
    for (const DataTypeInfo& type : all_data_types()) {
        for (const ReduceOp op : ops) {
            for (const int root : roots) {
                for (const bool in_place : places) {
                    CollectiveCall call{
                        .collective = collective, .dtype = type.dtype, .op = op, .root = root, .in_place = in_place};
                    const bool all_counts = type.dtype == DataType::float32;
                    for (std::size_t i = 0; i < (all_counts ? counts.size() : 1); ++i) {
                        call.count = counts[all_counts ? i : calls.size() % counts.size()];
                        add(call);
                    }
                }
            }
        }
    }
    return calls;
}

void run_and_check(Rank& me, Group& group, const CollectiveCall& call)
{
    const auto reason = group.unsupported_reason(call);
    if (reason) {
        me.refused.push_back(fmt::format("{}: {}", name(call.collective), *reason));
        return;
    }
    CallBuffers buffers(group, call);
    const auto operation = group.prepare(call, buffers.send(), buffers.recv());
    group.connect();
    for (int i = 0; i < 2; ++i) {
        buffers.fill();
        group.synchronize();
        operation->start();
        operation->finish();
        ++me.checked;
        if (const auto wrong = buffers.objection()) {
            me.problems.push_back(fmt::format("{}, execution {}: {}", describe_call(call), i + 1, *wrong));
        }
    }
}

}  // namespace plumbline::conformance
