// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/tensor_parallel.hpp"

namespace plumbline {

namespace {

SubgroupCall call_of(Collective collective, int subgroup, DataType dtype, std::uint64_t count)
{
    SubgroupCall made;
    made.call.collective = collective;
    made.call.dtype = dtype;
    made.call.count = count;
    made.call.in_place = true;
    made.subgroup = subgroup;
    return made;
}

}  // namespace

TensorExchange::TensorExchange(int subgroup, int ranks, std::uint64_t bytes, DataType dtype, bool sequence_parallel)
    : any_(ranks > 1 && bytes >= size_of(dtype)), sequence_parallel_(sequence_parallel)
{
    const auto n = static_cast<std::uint64_t>(ranks);
    const std::uint64_t elements = bytes / size_of(dtype);
    const std::uint64_t block = (elements + n - 1) / n;
    gather_ = call_of(Collective::allgather, subgroup, dtype, block);
    reduce_ = sequence_parallel ? call_of(Collective::reduce_scatter, subgroup, dtype, block)
                                : call_of(Collective::allreduce, subgroup, dtype, elements);
    bytes_ = (sequence_parallel ? block * n : elements) * size_of(dtype);
}

void TensorExchange::before(ProgramWriter& writer) const
{
    if (any_ && sequence_parallel_) {
        writer.collective(TimeCategory::tensor, gather_, bytes_);
    }
}

void TensorExchange::after(ProgramWriter& writer) const
{
    if (any_) {
        writer.collective(TimeCategory::tensor, reduce_, bytes_);
    }
}

Program tensor_parallel_program(const TensorParallelSpec& spec, int ranks)
{
    ProgramWriter writer;
    const TensorExchange exchange(SubgroupCall::whole_case, ranks, spec.activation_bytes, spec.dtype,
                                  spec.sequence_parallel);
    for (const Phase phase : {Phase::forward, Phase::backward}) {
        const double layer_s = phase == Phase::forward ? spec.forward_s : spec.backward_s;
        const ComputeCall work = compute_of(spec.compute, layer_s / parts_of_layer);
        for (int layer = 0; layer < spec.layers; ++layer) {
            writer.at(phase, -1, phase == Phase::forward ? layer : spec.layers - 1 - layer);
            for (int part = 0; part < parts_of_layer; ++part) {
                exchange.before(writer);
                writer.compute(work);
                exchange.after(writer);
            }
        }
    }
    return writer.finished();
}

Program decode_program(const DecodeSpec& spec, int ranks)
{
    ProgramWriter writer;
    const TensorExchange exchange(SubgroupCall::whole_case, ranks, spec.activation_bytes, spec.dtype, false);
    const ComputeCall work = compute_of(spec.compute, spec.layer_s / parts_of_layer);
    for (int token = 0; token < spec.tokens; ++token) {
        for (int layer = 0; layer < spec.layers; ++layer) {
            writer.at(Phase::forward, token, layer);
            for (int part = 0; part < parts_of_layer; ++part) {
                if (spec.layer_s > 0) {
                    writer.compute(work);
                }
                exchange.after(writer);
            }
        }
    }
    return writer.finished();
}

}  // namespace plumbline
