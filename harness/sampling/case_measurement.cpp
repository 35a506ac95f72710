// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/case_measurement.hpp"

#include "collectives/util/units.hpp"
#include "harness/util/timing.hpp"

#include <fmt/format.h>

namespace plumbline {

CaseRun::CaseRun(const CaseContext& context)
    : ranks(context),
      started_unix_s(unix_now_s()),
      begun_s(context.clock.now_s()),
      failure(context.members, context.clock, context.settings),
      start(context)
{
}

std::optional<std::string> why_no_memory(std::uint64_t bytes, std::uint64_t available, int world_rank)
{
    if (bytes <= available) {
        return std::nullopt;
    }
    return fmt::format("needs {} of buffers on rank {}, which may take {}", format_bytes(bytes), world_rank,
                       format_bytes(available));
}

}  // namespace plumbline
