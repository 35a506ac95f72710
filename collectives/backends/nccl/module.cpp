// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/module.hpp"

#include "collectives/backends/nccl/nccl_backend.hpp"
#include "collectives/backends/nccl/vendor.hpp"

namespace plumbline::nccl {

namespace {

template <const Vendor& vendor>
constexpr BackendModule module_of{.name = vendor.backend,
                                  .summary = vendor.summary,
                                  .find = [](const std::string& library) { return find_libraries(vendor, library); },
                                  .make = [](const BackendSetup& setup) -> std::unique_ptr<Backend> {
                                      return std::make_unique<NcclBackend>(vendor, setup);
                                  }};

}  // namespace

const BackendModule& nccl_module()
{
    return module_of<nvidia>;
}

const BackendModule& rccl_module()
{
    return module_of<amd>;
}

}  // namespace plumbline::nccl
