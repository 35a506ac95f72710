// SPDX-License-Identifier: Apache-2.0
#include "results/hdf5/former_names.hpp"

#include <algorithm>
#include <array>

namespace plumbline::hdf5 {
namespace {

struct Renamed {
    Naming kind;
    std::string_view name;
    std::string_view former;
};
constexpr std::array renamed{
    Renamed{Naming::attribute, "fake_library", "stand_in"},
    Renamed{Naming::attribute, "execution_index", "position"},
    Renamed{Naming::dataset, "cache_line_latency_s", "machine_s"},
    Renamed{Naming::dataset, "l1_copy_s", "copy_s"},
    Renamed{Naming::dataset, "send_peer", "sends_to"},
    Renamed{Naming::column, "reason", "why"},
    Renamed{Naming::column, "cache_line_latency_s", "neighbour_s"},
    Renamed{Naming::column, "l1_copy_s", "copy_s"},
    Renamed{Naming::column, "execution_index", "position"},
    Renamed{Naming::header_key, "reason", "why"},
    Renamed{Naming::header_key, "verification", "coverage"},
    Renamed{Naming::header_key, "verification_note", "coverage_note"},
};

}  // namespace

std::string_view former_name(Naming kind, std::string_view name)
{
    const auto* const row = std::find_if(renamed.begin(), renamed.end(),
                                         [&](const Renamed& each) { return each.kind == kind && each.name == name; });
    return row == renamed.end() ? std::string_view{} : row->former;
}

}  // namespace plumbline::hdf5
