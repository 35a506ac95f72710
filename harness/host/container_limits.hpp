// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_info.hpp"
#include "results/records/run_metadata.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// What a batch system or a container lets a process have; 0: no limit is set, or none is told.
struct ContainerLimits {
    double processors = 0;           ///< control group's quota of processor time, in processors
    std::uint64_t memory_bytes = 0;  ///< control group's limit
    std::uint64_t shm_bytes = 0;     ///< size of /dev/shm, through which ranks of one host exchange messages
};

/// The least of this process's control group and those above it, version 2 or 1. `root`: where /proc, /sys and /dev
/// lie.
ContainerLimits container_limits(const std::filesystem::path& root = "/");

/// A limit that disturbs what `ranks` ranks of one host measure.
struct LimitProblem {
    std::string about;    ///< "processor quota", "/dev/shm"
    std::string problem;  ///< a sentence without its full stop
    std::string advice;   ///< the same
};
/// `host`: as the sentences name it. `bytes_of_rank`: of memory that a rank takes at most; 0: not known. Pure.
std::vector<LimitProblem> judge_limits(const ContainerLimits& limits, int ranks, const std::string& host,
                                       std::uint64_t bytes_of_rank = 0);

struct LimitsReport {
    Facts facts;                        ///< of the tightest host
    std::vector<std::string> warnings;  ///< where a limit disturbs what is measured, naming the host
};

/// `limits`: of each rank. `bytes_of_rank` as above. Pure.
LimitsReport report_limits(std::span<const ContainerLimits> limits, std::span<const RankLocation> places,
                           std::span<const std::string> hosts, std::uint64_t bytes_of_rank = 0);

}  // namespace plumbline
