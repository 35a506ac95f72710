// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"
#include "collectives/backends/device/runtime.hpp"
#include "collectives/util/error.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// How a backend for devices starts on all ranks: each step is collective over setup.world, and what is wrong on one
/// rank is the same ConfigError on all.
namespace plumbline::device {

/// Collective over setup.world: throws the objection of the first rank that has one, on all ranks.
void require_no_objection(const BackendSetup& setup, const std::optional<std::string>& mine);

/// `open()` on each rank: the libraries of this process, or ConfigError.
template <class Libraries, class Open>
std::unique_ptr<Libraries> open_on_all(const BackendSetup& setup, Open open)
{
    std::unique_ptr<Libraries> libraries;
    std::optional<std::string> objection;
    try {
        libraries = open();
    } catch (const ConfigError& error) {
        objection =
            "rank " + std::to_string(setup.world.rank()) + " on " + setup.host_name + ": " + std::string(error.what());
    }
    require_no_objection(setup, objection);
    return libraries;
}

/// `version`: this rank's, with the library's name. `call`: what says so.
void require_one_version(const BackendSetup& setup, const std::string& version, std::string_view call);

/// Makes the device of this rank the process' current one. The node-local rank is its number, or 0 where the launcher
/// shows each rank one device. Refuses too few devices, and two ranks on one device as far as devices have UUIDs.
Device choose_device(const Runtime& runtime, const BackendSetup& setup);

/// "0 GPU-... (NVIDIA H100)", as BackendInfo names it.
std::string describe(const Device& device);

/// What every backend for devices lets a scenario choose (`backend_options`).
struct Timing {
    bool device_events = true;         ///< times by the device's clock beside the host's
    double init_timeout_s = 120;       ///< of bringing up a communicator
    double operation_timeout_s = 300;  ///< of one operation: what takes longer is taken for hanging

    EventKind events() const { return device_events ? EventKind::timed : EventKind::untimed; }
};

/// An option of one backend that is true or false.
struct Switch {
    std::string_view name;
    bool& value;
};

/// An option of one backend that is a word out of several.
struct Selection {
    std::string_view name;
    std::string& value;
    std::span<const std::string_view> words;
};

/// Not collective. Throws ConfigError naming the option and what it may be.
Timing read_options(const BackendOptions& options, std::string_view backend, std::span<const Switch> switches,
                    std::span<const Selection> selections = {});

}  // namespace plumbline::device
