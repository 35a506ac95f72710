// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/host/node_reading.hpp"
#include "harness/host/shared_libraries.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::app {

/// A communication library as its backend sees it.
struct BackendState {
    std::string name;
    std::string version;  ///< "" where it is unknown
    std::string why_not;  ///< "" where it can be used
};

/// What one node has and lets its ranks have.
struct NodeState {
    std::string program;  ///< version and commit of plumbline
    NodeReading node;
    std::vector<SharedLibrary> libraries;
    std::vector<BackendState> backends;
    std::vector<std::pair<std::string, std::string>> variables;  ///< chosen ones, name and value
    int ranks = 1;                                               ///< of this node
    int world = 1;                                               ///< of the launch
    std::string backend;                                         ///< that will be measured; "" = not said
};

/// What lies on a node: its reading, and libraries and plugins that communication goes through. Program, backends,
/// variables and ranks are for who knows the launch. `library_path`: LD_LIBRARY_PATH. `root`: where /proc, /sys, /dev,
/// /etc and the libraries' folders lie.
NodeState found_on_node(std::string_view library_path, const std::filesystem::path& root = "/");

}  // namespace plumbline::app
