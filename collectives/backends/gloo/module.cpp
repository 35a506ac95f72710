// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/backend_module.hpp"
#include "collectives/backends/gloo/gloo_backend.hpp"

namespace {

using namespace plumbline;

Availability find_gloo(const std::string&)
{
    return {gloo_backend::library_version(), std::nullopt};
}

std::unique_ptr<Backend> make_gloo(const BackendSetup& setup)
{
    return std::make_unique<gloo_backend::GlooBackend>(setup);
}

constexpr BackendModule gloo_module{
    .name = "gloo", .summary = "host memory, over Gloo's TCP transport", .find = find_gloo, .make = make_gloo};

}  // namespace

/// What the program asks this module for.
extern "C" const plumbline::BackendModule* plumbline_backend_module()
{
    return &gloo_module;
}
