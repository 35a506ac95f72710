// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/compute.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace plumbline {

std::string_view name(ComputeKind kind)
{
    constexpr std::array<std::string_view, all_compute_kinds.size()> names{"spin", "sleep", "gemm"};
    return names.at(static_cast<std::size_t>(kind));
}

ComputeCall compute_of(const ComputeSpec& spec, double seconds)
{
    ComputeCall call{.kind = spec.kind, .seconds = seconds};
    if (spec.kind == ComputeKind::gemm) {
        call.m = call.n = call.k = spec.size;
        const double products = std::round(seconds * spec.flops_per_s / floating_point_operations(call));
        constexpr double most = std::numeric_limits<std::uint32_t>::max();
        call.repeats = static_cast<std::uint32_t>(std::clamp(products, 1.0, most));
    }
    return call;
}

double floating_point_operations(const ComputeCall& call)
{
    if (call.kind != ComputeKind::gemm) {
        return 0;
    }
    return 2 * static_cast<double>(call.m) * static_cast<double>(call.n) * static_cast<double>(call.k) * call.repeats;
}

}  // namespace plumbline
