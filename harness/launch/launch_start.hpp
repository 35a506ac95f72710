// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/launch/announced_launch.hpp"
#include "results/texts/language.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace plumbline::app {

/// What the command line says of how ranks come up.
struct LauncherOptions {
    std::string launcher = "auto";     ///< auto, mpi, mpi:PATH of a module, tcp, alone
    std::string rank;                  ///< "I/N", by hand; "" = a launcher says it
    std::string join;                  ///< "HOST:PORT" where rank 0 is met; "" = a launcher says it
    std::string token_file;            ///< "" = PLUMBLINE_TOKEN, or none
    std::string join_within = "300s";  ///< a time: how long ranks wait for each other to come
    Language language = Language::en;  ///< in which a rank says why it ends the launch
};

/// How this process becomes a rank.
struct LaunchStart {
    enum class Way : std::uint8_t { alone, mpi, tcp };
    Way way = Way::alone;
    std::string who;         ///< what announces the ranks, for sentences; "" where nothing does
    std::string mpi_module;  ///< Way::mpi: path of a module; "" = the first that fits
    int rank = 0;            ///< Way::tcp
    int size = 1;
    std::string host;
    int port = 0;
    bool operator==(const LaunchStart&) const = default;
};

/// Pure. `why_no_mpi` says why no module of MPI can be used here, nothing
/// where one can; it is asked only where that matters. Throws ConfigError where launchers contradict each other, and
/// where a launch that was announced can't be had: it is never made smaller.
LaunchStart choose_launch_start(const LauncherOptions& options, const Variables& get,
                                const std::function<std::optional<std::string>()>& why_no_mpi);

}  // namespace plumbline::app
