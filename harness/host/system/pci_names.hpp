// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace plumbline {

/// Names of PCI devices by their numbers, from the database that systems carry (pci.ids, of the PCI ID repository).
class PciNames {
public:
    /// Without a database every device is nameless. `root`: where /usr/share lies.
    explicit PciNames(const std::filesystem::path& root);

    /// "Mellanox Technologies MT2910 Family [ConnectX-7]" of the device whose folder in /sys this is; its two numbers,
    /// "0x15b3 0x1021", where the database lacks it; "" where it has none.
    std::string of(const std::filesystem::path& device) const;

private:
    std::map<std::string, std::string> names_;  ///< "15b3" a vendor, "15b3 1021" a device of it
};

}  // namespace plumbline
