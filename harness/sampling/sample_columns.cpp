// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/sample_columns.hpp"

#include <cstddef>
#include <span>

namespace plumbline {

SampleMatrix gather_matrix(Communicator& members, const std::vector<double>& column)
{
    const auto ranks = static_cast<std::size_t>(members.size());
    const bool here = members.rank() == case_root;
    std::vector<double> by_rank(here ? column.size() * ranks : 0);
    members.gather(std::as_bytes(std::span(column)), std::as_writable_bytes(std::span(by_rank)), case_root);
    SampleMatrix matrix;
    if (!here) {
        return matrix;
    }
    matrix.samples = column.size();
    matrix.ranks = ranks;
    matrix.values.resize(by_rank.size());
    for (std::size_t rank = 0; rank < ranks; ++rank) {
        for (std::size_t sample = 0; sample < column.size(); ++sample) {
            matrix.values[sample * ranks + rank] = by_rank[rank * column.size() + sample];
        }
    }
    return matrix;
}

}  // namespace plumbline
