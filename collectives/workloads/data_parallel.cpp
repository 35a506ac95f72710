#include "collectives/workloads/data_parallel.hpp"

namespace plumbline {

Program data_parallel_program(const DataParallelSpec& spec, int ranks)
{
    ProgramWriter writer;
    writer.compute({.seconds = spec.compute_s});
    if (ranks > 1 && spec.gradient_bytes > 0) {
        TeamCall gradient;
        gradient.call.collective = Collective::allreduce;
        gradient.call.dtype = spec.dtype;
        gradient.call.count = spec.gradient_bytes / size_of(spec.dtype);
        gradient.call.in_place = true;
        writer.collective(Part::data, gradient, spec.gradient_bytes);
    }
    return writer.finished();
}

}  // namespace plumbline
