// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/host/host_clock.hpp"
#include "collectives/backends/host/host_compute.hpp"
#include "collectives/backends/nccl/nccl_group.hpp"
#include "tests/support/self_communicator.hpp"

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>

namespace plumbline::test {

/// The nccl backend's group of one rank on libraries whose calls do nothing and take no time: what is left is our own
/// cost. `library`: path of the fake, whose calls are then replaced.
class ZeroCostNccl {
public:
    explicit ZeroCostNccl(const std::string& library) : libraries_(nccl::nvidia, library)
    {
        replace_collectives();
        replace_runtime();
        group_ = std::make_unique<nccl::NcclGroup>(nccl::GroupSetup{.vendor = nccl::nvidia,
                                                                    .libraries = libraries_,
                                                                    .device = device_,
                                                                    .settings = settings_,
                                                                    .compute = compute_},
                                                   self_);
    }
    Group& group() { return *group_; }
    /// For calls that a test counts.
    nccl::Libraries& libraries() { return libraries_; }

private:
    void replace_collectives()
    {
        nccl::Collectives& c = libraries_.collectives;
        c.get_unique_id = [](nccl::abi::UniqueId*) { return 0; };
        c.comm_init_rank = [](nccl::abi::Comm* comm, int, nccl::abi::UniqueId, int) {
            static int one = 0;
            *comm = &one;
            return 0;
        };
        c.comm_destroy = [](nccl::abi::Comm) { return 0; };
        c.comm_get_async_error = [](nccl::abi::Comm, nccl::abi::Result* error) { return *error = 0; };
        c.group_start = [] { return 0; };
        c.group_end = [] { return 0; };
        c.all_reduce = [](const void*, void*, std::size_t, nccl::abi::Type, nccl::abi::RedOp, nccl::abi::Comm,
                          cuda::Stream) { return 0; };
        c.reduce_scatter = c.all_reduce;
        c.all_gather = [](const void*, void*, std::size_t, nccl::abi::Type, nccl::abi::Comm, cuda::Stream) {
            return 0;
        };
        c.broadcast = [](const void*, void*, std::size_t, nccl::abi::Type, int, nccl::abi::Comm, cuda::Stream) {
            return 0;
        };
        c.reduce = [](const void*, void*, std::size_t, nccl::abi::Type, nccl::abi::RedOp, int, nccl::abi::Comm,
                      cuda::Stream) { return 0; };
        c.send = [](const void*, std::size_t, nccl::abi::Type, int, nccl::abi::Comm, cuda::Stream) { return 0; };
        c.recv = [](void*, std::size_t, nccl::abi::Type, int, nccl::abi::Comm, cuda::Stream) { return 0; };
    }

    void replace_runtime()
    {
        cuda::Functions& r = libraries_.cuda.calls;
        r.event_record = [](cuda::Event, cuda::Stream) { return 0; };
        r.event_query = [](cuda::Event) { return 0; };
        r.event_elapsed_time = [](float* ms, cuda::Event, cuda::Event) {
            *ms = 1;
            return 0;
        };
        r.graph_launch = [](cuda::GraphExecutable, cuda::Stream) { return 0; };
    }

    test::SelfCommunicator self_;
    nccl::Libraries libraries_;
    device::Device device_;
    nccl::Settings settings_;
    HostClock clock_ = make_host_clock(self_);
    HostCompute compute_{self_, clock_};
    std::unique_ptr<nccl::NcclGroup> group_;
};

}  // namespace plumbline::test
