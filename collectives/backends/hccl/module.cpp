// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/hccl/module.hpp"

#include "collectives/backends/hccl/hccl_backend.hpp"

#include <memory>

namespace plumbline::hccl {

const BackendModule& hccl_module()
{
    static constexpr BackendModule module{.name = "hccl",
                                          .summary = "Huawei Ascend devices, over HCCL (opened at run time)",
                                          .find = find_libraries,
                                          .make = [](const BackendSetup& setup) -> std::unique_ptr<Backend> {
                                              return std::make_unique<HcclBackend>(setup);
                                          }};
    return module;
}

}  // namespace plumbline::hccl
