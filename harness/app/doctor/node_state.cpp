// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/node_state.hpp"

namespace plumbline::app {

namespace {

/// As find_shared_libraries() takes them.
std::vector<std::string> communication_libraries()
{
    return {"libmpi.so.40",       "libmpi.so.12",      "libmpich.so.12",  "libpmix.so.2",    "libucp.so.0",
            "libfabric.so.1",     "libibverbs.so.1",   "libmlx5.so.1",    "libnccl.so.2",    "libnccl-net*",
            "libnccl-tuner*",     "libnccl-profiler*", "librccl.so.1",    "librccl-net*",    "libhccl.so",
            "libsharp_coll.so.5", "libcuda.so.1",      "libcudart.so.12", "libcudart.so.13", "libnvidia-ml.so.1",
            "libamdhip64.so.6",   "libamdhip64.so.7",  "libascendcl.so"};
}

}  // namespace

NodeState found_on_node(std::string_view library_path, const std::filesystem::path& root)
{
    NodeState state;
    state.node = read_node(root);
    const auto folders = library_folders(std::string(library_path), root);
    state.libraries = find_shared_libraries(communication_libraries(), folders, root);
    return state;
}

}  // namespace plumbline::app
