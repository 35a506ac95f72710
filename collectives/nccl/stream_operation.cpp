#include "collectives/nccl/stream_operation.hpp"

namespace plumbline::nccl {

GraphOperation::~GraphOperation()
{
    if (executable_ != nullptr) {
        lane_.libraries.runtime.graph_exec_destroy(executable_);
    }
}

void GraphOperation::capture()
{
    const Runtime& runtime = lane_.libraries.runtime;
    cuda::Graph graph = nullptr;
    runtime.check(runtime.stream_begin_capture(lane_.stream, cuda::capture_thread_local), "cudaStreamBeginCapture");
    launch_();
    runtime.check(runtime.stream_end_capture(lane_.stream, &graph), "cudaStreamEndCapture");
    const cuda::Error code = runtime.graph_instantiate(&executable_, graph, 0);
    runtime.graph_destroy(graph);
    runtime.check(code, "cudaGraphInstantiateWithFlags");
}

}  // namespace plumbline::nccl
