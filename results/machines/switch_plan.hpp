// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace plumbline {

/// The switch that `node` hangs on, as the text of Slurm's topology.conf has it ("SwitchName=leaf7 Nodes=node[01-16]");
/// "" where no line names the node. Of several switches the first. Lines of switches above, blocks and comments say
/// nothing. Pure.
std::string switch_of_node(std::string_view topology, std::string_view node);

}  // namespace plumbline
