#include "collectives/compute.hpp"

namespace plumbline {

std::string_view name(ComputeKind kind)
{
    constexpr std::array<std::string_view, all_compute_kinds.size()> names{"spin", "sleep", "gemm"};
    return names.at(static_cast<std::size_t>(kind));
}

double floating_point_operations(const ComputeCall& call)
{
    if (call.kind != ComputeKind::gemm) {
        return 0;
    }
    return 2 * static_cast<double>(call.m) * static_cast<double>(call.n) * static_cast<double>(call.k) * call.repeats;
}

}  // namespace plumbline
