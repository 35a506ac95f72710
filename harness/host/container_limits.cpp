// SPDX-License-Identifier: Apache-2.0
#include "harness/host/container_limits.hpp"

#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <sys/statvfs.h>
#include <algorithm>
#include <cstddef>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// The lesser of two limits, of which 0 is none.
template <class Number>
Number tighter(Number one, Number other)
{
    return one == 0 ? other : other == 0 ? one : std::min(one, other);
}

std::optional<double> number_in(const fs::path& file)
{
    std::ifstream in(file);
    double value = 0;
    return in >> value ? std::optional(value) : std::nullopt;  // "max" is none
}

/// cpu.max holds "QUOTA PERIOD" in microseconds, or "max PERIOD".
double processors_of(const fs::path& group)
{
    std::ifstream in(group / "cpu.max");
    double quota = 0;
    double period = 0;
    if (in >> quota >> period && period > 0) {
        return quota / period;
    }
    const auto old_quota = number_in(group / "cpu.cfs_quota_us");  // -1 is none
    const auto old_period = number_in(group / "cpu.cfs_period_us");
    return old_quota && old_period && *old_quota > 0 && *old_period > 0 ? *old_quota / *old_period : 0;
}

std::uint64_t memory_of(const fs::path& group)
{
    constexpr double none_in_version_1 = 1e18;
    for (const char* name : {"memory.max", "memory.limit_in_bytes"}) {
        const auto limit = number_in(group / name);
        if (limit && *limit > 0 && *limit < none_in_version_1) {
            return static_cast<std::uint64_t>(*limit);
        }
    }
    return 0;
}

/// Takes in a group and those above it, the mount itself too, which in a container is the container's own group.
void take_in(ContainerLimits& limits, const fs::path& mount, const std::string& below)
{
    fs::path group = mount;
    const auto take = [&] {
        limits.processors = tighter(limits.processors, processors_of(group));
        limits.memory_bytes = tighter(limits.memory_bytes, memory_of(group));
    };
    take();
    for (const fs::path& name : fs::path(below).relative_path()) {
        group /= name;
        take();
    }
}

}  // namespace

ContainerLimits container_limits(const fs::path& root)
{
    ContainerLimits limits;
    const fs::path mount = root / "sys/fs/cgroup";
    std::ifstream groups(root / "proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {  // "ID:CONTROLLERS:PATH"
        const auto first = line.find(':');
        const auto second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) {
            continue;
        }
        const std::string controllers = line.substr(first + 1, second - first - 1);
        take_in(limits, controllers.empty() ? mount : mount / controllers, line.substr(second + 1));
    }
    struct statvfs shm = {};
    if (statvfs((root / "dev/shm").c_str(), &shm) == 0) {
        limits.shm_bytes = static_cast<std::uint64_t>(shm.f_blocks) * shm.f_frsize;
    }
    return limits;
}

std::vector<LimitProblem> judge_limits(const ContainerLimits& limits, int ranks, const std::string& host,
                                       std::uint64_t bytes_of_rank)
{
    constexpr std::uint64_t shm_of_rank = std::uint64_t{16} << 20U;  // what Open MPI and MPICH map there, with room
    std::vector<LimitProblem> problems;
    if (limits.processors > 0 && limits.processors < ranks) {
        problems.push_back({"processor quota",
                            fmt::format("{} ranks on {} may use {:g} processors together (the control group's quota): "
                                        "they are stopped again and again, and times are not those of the machine",
                                        ranks, host, limits.processors),
                            fmt::format("Ask for {} processors or more", ranks)});
    }
    const std::uint64_t wanted = shm_of_rank * static_cast<std::uint64_t>(ranks);
    if (ranks > 1 && limits.shm_bytes > 0 && limits.shm_bytes < wanted) {
        problems.push_back(
            {"/dev/shm",
             fmt::format(
                 "/dev/shm of {} has {} for {} ranks (a container's usual size is small): messages between them "
                 "may be slow or fail",
                 host, format_bytes(limits.shm_bytes), ranks),
             fmt::format("Give it {} or more, for example by --shm-size", format_bytes(wanted))});
    }
    const std::uint64_t together = bytes_of_rank * static_cast<std::uint64_t>(ranks);
    if (limits.memory_bytes > 0 && limits.memory_bytes < together) {
        problems.push_back({"memory",
                            fmt::format("{} ranks on {} may take up to {} of memory, and have {} together (the control "
                                        "group's limit): one may be killed in mid-run",
                                        ranks, host, format_bytes(together), format_bytes(limits.memory_bytes)),
                            "Ask for more, or for smaller sizes: 'run --dry-run' says what takes how much"});
    }
    return problems;
}

LimitsReport report_limits(std::span<const ContainerLimits> limits, std::span<const RankLocation> places,
                           std::span<const std::string> hosts, std::uint64_t bytes_of_rank)
{
    std::map<int, std::pair<ContainerLimits, int>> of_node;  // and its ranks
    ContainerLimits tightest;
    for (std::size_t rank = 0; rank < std::min(limits.size(), places.size()); ++rank) {
        for (ContainerLimits* all : {&of_node[places[rank].node].first, &tightest}) {
            all->processors = tighter(all->processors, limits[rank].processors);
            all->memory_bytes = tighter(all->memory_bytes, limits[rank].memory_bytes);
            all->shm_bytes = tighter(all->shm_bytes, limits[rank].shm_bytes);
        }
        ++of_node[places[rank].node].second;
    }
    LimitsReport report;
    if (tightest.processors > 0) {
        report.facts.emplace_back("processor quota",
                                  fmt::format("{:g} processors (control group)", tightest.processors));
    }
    if (tightest.memory_bytes > 0) {
        report.facts.emplace_back("memory limit", format_bytes(tightest.memory_bytes) + " (control group)");
    }
    if (tightest.shm_bytes > 0) {
        report.facts.emplace_back("shared memory", format_bytes(tightest.shm_bytes) + " (/dev/shm)");
    }
    for (const auto& [node, found] : of_node) {
        const auto& [limit, ranks] = found;
        const auto at = static_cast<std::size_t>(node);
        const std::string host = at < hosts.size() ? hosts[at] : fmt::format("host {}", node);
        for (const LimitProblem& each : judge_limits(limit, ranks, host, bytes_of_rank)) {
            report.warnings.push_back(each.problem + ". " + each.advice);
        }
    }
    return report;
}

}  // namespace plumbline
