// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/graph_operation.hpp"

namespace plumbline::nccl {

GraphOperation::~GraphOperation()
{
    std::erase(*waiting_, this);
    if (executable_ != nullptr) {
        runtime_.calls.graph_exec_destroy(executable_);
    }
}

void GraphOperation::capture()
{
    const cuda::Functions& calls = runtime_.calls;
    cuda::Graph graph = nullptr;
    runtime_.check(calls.stream_begin_capture(lane_.stream, cuda::capture_thread_local), "cudaStreamBeginCapture");
    launch_();
    runtime_.check(calls.stream_end_capture(lane_.stream, &graph), "cudaStreamEndCapture");
    const cuda::Error code = calls.graph_instantiate(&executable_, graph, 0);
    calls.graph_destroy(graph);
    runtime_.check(code, "cudaGraphInstantiateWithFlags");
}

}  // namespace plumbline::nccl
