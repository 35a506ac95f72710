// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/machine_state.hpp"

#include <span>
#include <utility>
#include <vector>

namespace plumbline::layout {

/// The machine around the measurements. `rounds`: (case, round) of each state in `states.of_round`.
void write_probes(hdf5::Contents& file, std::span<const HostProbe> probes);
std::vector<HostProbe> read_probes(hid_t file);
void write_states(hdf5::Contents& file, std::span<const std::pair<int, int>> rounds, const MachineStates& states);
/// Fills `rounds` with the rounds that states.of_round is about.
MachineStates read_states(hid_t file, std::vector<std::pair<int, int>>& rounds);

}  // namespace plumbline::layout
