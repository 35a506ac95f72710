#pragma once

#include "collectives/workloads/program.hpp"

#include <cstdint>

namespace plumbline {

/// One training step of data parallelism without overlap: compute, then one gradient allreduce. Fixed work per rank.
struct DataParallelSpec {
    double compute_s = 0;
    std::uint64_t gradient_bytes = 0;
    DataType dtype = DataType::float32;
    bool operator==(const DataParallelSpec&) const = default;
};

Program data_parallel_program(const DataParallelSpec& spec, int ranks);

}  // namespace plumbline
