// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace plumbline {

/// The most bytes of memory that this process had at once so far (VmHWM); 0 where the system doesn't tell. `status`: a
/// file in the form of /proc/self/status.
std::uint64_t peak_memory(const std::filesystem::path& status = "/proc/self/status");

}  // namespace plumbline
