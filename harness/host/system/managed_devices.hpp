// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/machines/node_inventory.hpp"

#include <span>
#include <string>

namespace plumbline {

/// What NVML tells of the NVIDIA devices among these, found by their PCI addresses: model, UUID, serial number, driver,
/// VBIOS, whether errors are corrected (ECC), and whether confidential computing is on. What it doesn't tell stays as
/// it is; nothing changes where the library isn't there. Never throws. `library`: its name or path.
void ask_nvml(std::span<InstalledDevice> devices, const std::string& library);

}  // namespace plumbline
