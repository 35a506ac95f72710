// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/api/backend_module.hpp"
#include "collectives/backends/host/host_placement.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::gloo_backend {

enum class AllreduceAlgorithm : std::uint8_t { automatic, ring, bcube, halving_doubling };

/// What a scenario may choose of Gloo (`backend_options`).
struct Settings {
    AllreduceAlgorithm allreduce = AllreduceAlgorithm::automatic;
    std::string interface;  ///< network interface; "" = the one that the host's name leads to
    std::chrono::milliseconds timeout{60'000};
    HostPlacement placement;
};

/// Throws ConfigError naming the option and what it may be.
Settings read_settings(const BackendOptions& options);

std::string_view name(AllreduceAlgorithm algorithm);
/// As read_settings() takes it. Throws ConfigError for what is none.
AllreduceAlgorithm parse_algorithm(const std::string& text);
/// Those that can be chosen instead of the default.
std::vector<Algorithm> allreduce_algorithms();

}  // namespace plumbline::gloo_backend
