// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/device_readings.hpp"
#include "results/records/interference.hpp"
#include "results/records/machine_state.hpp"

#include <string>
#include <vector>

namespace plumbline::layout {

/// What went on around a round on its ranks, devices and hosts; `path`: of the round. Nothing is written where nothing
/// was read.
void write_interference(hdf5::Contents& file, const std::string& path, const std::vector<Interference>& ranks);
std::vector<Interference> read_interference(hid_t file, const std::string& path);
void write_devices(hdf5::Contents& file, const std::string& path, const std::vector<DeviceReadings>& ranks);
std::vector<DeviceReadings> read_devices(hid_t file, const std::string& path);
void write_machine(hdf5::Contents& file, const std::string& path, const SnapshotPair& machine);
SnapshotPair read_machine(hid_t file, const std::string& path);

}  // namespace plumbline::layout
