// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace plumbline {

enum class HugePages : std::uint8_t { system, on, off };

/// Where the buffers of a library on host memory lie. A round takes its buffers anew, but the C library often gives it
/// the memory of the round before: a launch may then measure one place that others don't get.
struct HostPlacement {
    /// Pages that the kernel maps for each buffer, begun at a drawn line (64 B) of the first one. Otherwise memory of
    /// the C library that begins with a page.
    bool drawn = false;
    HugePages huge_pages = HugePages::system;  ///< transparent ones; `system`: nothing is said to the kernel
    bool operator==(const HostPlacement&) const = default;
};

/// What options a backend on host memory has for it, as errors list them.
inline constexpr std::string_view placement_options = "buffers, huge_pages";

/// Takes `buffers` and `huge_pages` of backend_options; false for another key. Throws ConfigError.
bool take_placement(HostPlacement& placement, std::string_view key, const std::string& value);

/// Collective over setup.world. Throws ConfigError, the same on all ranks, where huge pages are asked for and a host
/// has none. `root` is where /sys lies.
void require_huge_pages(const HostPlacement& placement, const BackendSetup& setup,
                        const std::filesystem::path& root = "/");

/// What differs from the default.
Facts facts_of(const HostPlacement& placement);

}  // namespace plumbline
