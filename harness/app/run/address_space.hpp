// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace plumbline::app {

/// Bytes of address space beyond what the program takes when it starts. Below these HDF5 and MPI crash or wait for ever
/// where a call for memory fails.
inline constexpr std::uint64_t least_address_space = std::uint64_t{64} << 20U;
inline constexpr std::uint64_t run_address_space = std::uint64_t{192} << 20U;
/// Of each rank of a simulated launch, which is a thread with its stack.
inline constexpr std::uint64_t thread_address_space = std::uint64_t{12} << 20U;

/// Why `needed` bytes are too many, one sentence; nothing where they are there. `limit`: RLIMIT_AS, nothing where there
/// is none; `taken`: what the process has. Pure.
std::optional<std::string> why_no_address_space(std::uint64_t needed, std::optional<std::uint64_t> limit,
                                                std::uint64_t taken);

/// Throws ConfigError where a limit (ulimit -v) leaves less.
void require_address_space(std::uint64_t needed);

}  // namespace plumbline::app
