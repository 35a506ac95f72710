// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/launch/child_processes.hpp"
#include "harness/app/launch/host_list.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline::app {

/// What one host's part of a launch is: the ranks from `first` on, of `size`, who meet at `place` (HOST:PORT).
struct NodeRanks {
    int first = 0;
    int count = 0;
    int size = 0;
    std::string place;
    bool operator==(const NodeRanks&) const = default;
};

/// "8+4/16@node1:29500", and back; nothing where the text is none.
std::string format_node_ranks(const NodeRanks& ranks);
std::optional<NodeRanks> parse_node_ranks(const std::string& text);

/// What `plumbline launch` was told.
struct LaunchPlan {
    std::vector<HostRanks> hosts;
    int port = 0;
    std::string ssh;                     ///< command words, "ssh -p 2222"
    std::string program;                 ///< path of plumbline, the same on all hosts
    std::string folder;                  ///< working directory, the same on all hosts
    std::vector<std::string> variables;  ///< "NAME=VALUE", for all ranks
    std::vector<std::string> arguments;  ///< of plumbline: "run", ...
    std::string token;
};

/// What a node's part of a launch reads from its standard input: no command line has it, since everybody on a host
/// reads those.
struct NodeInput {
    std::string token;
    std::vector<std::string> variables;  ///< "NAME=VALUE"
    bool operator==(const NodeInput&) const = default;
};
/// Lines, the last of which is "start".
std::string format_node_input(const NodeInput& input);
/// Of lines without their line feeds; `next` gives nothing at the end.
NodeInput read_node_input(const std::function<std::optional<std::string>()>& next);

/// A program for each host, which starts that host's ranks: by ssh, or directly where there is this host alone. Throws
/// ConfigError where a loopback name stands beside others, who couldn't meet there. Pure.
std::vector<ChildProgram> node_programs(const LaunchPlan& plan);

/// A program for each rank of a node.
std::vector<ChildProgram> rank_programs(const NodeRanks& ranks, const std::string& program,
                                        const std::vector<std::string>& arguments, const NodeInput& input);

/// Of a launch: that of rank 0; 5 where any rank ended with 5, or otherwise than by a status of plumbline's.
int launch_status(std::span<const ChildEnd> ends);

}  // namespace plumbline::app
