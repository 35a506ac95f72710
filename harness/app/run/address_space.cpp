// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/address_space.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>
#include <fstream>

namespace plumbline::app {

std::optional<std::string> why_no_address_space(std::uint64_t needed, std::optional<std::uint64_t> limit,
                                                std::uint64_t taken)
{
    if (!limit || (*limit >= taken && *limit - taken >= needed)) {
        return std::nullopt;
    }
    return fmt::format(
        "the memory limit of {} is too small (ulimit -v; {} are taken at the start, {} more are needed). "
        "Raise or remove it",
        format_bytes(*limit), format_bytes(taken), format_bytes(needed));
}

void require_address_space(std::uint64_t needed)
{
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return;
    }
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const std::uint64_t taken = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    if (const auto why = why_no_address_space(needed, limit.rlim_cur, taken)) {
        throw ConfigError(*why);
    }
}

}  // namespace plumbline::app
