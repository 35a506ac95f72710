// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace plumbline {

/// The version of the firmware that an Ethernet interface of this node runs, as its driver tells any user
/// (SIOCETHTOOL, ETHTOOL_GDRVINFO); "" where it tells none, or there is no such interface. Never throws.
std::string ethernet_firmware(const std::string& interface);

/// What a driver told, without what stands for nothing ("N/A"). Pure.
std::string firmware_said(std::string_view told);

}  // namespace plumbline
