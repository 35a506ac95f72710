// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace plumbline {

/// What a device says of itself at one moment. Absent: it doesn't tell. Errors are counts since it was started.
struct DeviceReading {
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<double> clock_hz = {};  ///< of its processors
    std::optional<double> power_w = {};
    std::optional<double> temperature_c = {};
    std::optional<double> throttle_reasons =
        {};  ///< why its clock is held down: bits as NVML numbers them; 0 = it is not
    std::optional<double> corrected_errors = {};  ///< of its memory
    std::optional<double> uncorrected_errors = {};
    std::optional<double> link_errors =
        {};  ///< of its links to other devices: replays, recoveries and checksums, summed
    // NOLINTEND(readability-redundant-member-init)

    bool operator==(const DeviceReading&) const = default;
};

}  // namespace plumbline
