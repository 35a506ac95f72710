// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/device/libraries.hpp"
#include "collectives/backends/hccl/acl_runtime.hpp"
#include "collectives/backends/hccl/hccl_abi.hpp"
#include "collectives/util/dynamic_library.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace plumbline::hccl {

/// The collective library.
class Collectives {
public:
    /// Throws ConfigError. `name`: path, or "" for the one that the loader finds.
    explicit Collectives(const std::string& name);

    abi::Functions calls;

    const std::string& path() const { return library_.path(); }
    bool is_fake() const { return library_.find("plumbline_fake") != nullptr; }
    std::string describe(abi::Result code) const;
    /// Throws BackendError with the library's own words unless `code` is success.
    void check(abi::Result code, const char* call) const
    {
        if (code != abi::success) [[unlikely]] {
            fail(code, call);
        }
    }
    void set_place(std::string place) { place_ = std::move(place); }

private:
    [[noreturn]] void fail(abi::Result code, const char* call) const;

    DynamicLibrary library_;
    std::string place_;
};

/// One process' libraries. They must belong together: a fake beside a real one is refused.
class Libraries final : public device::Libraries {
public:
    /// Throws ConfigError.
    explicit Libraries(const std::string& name);

    Collectives collectives;
    AclRuntime acl;
    bool is_fake() const { return collectives.is_fake() || acl.is_fake(); }
    void set_place(const std::string& place);
    /// HCCL doesn't say its own version: "HCCL (AscendCL 1.15.0)".
    std::string version() const { return "HCCL (AscendCL " + acl.version() + ")"; }

    const Names& names() const override;
    const device::Runtime& runtime() const override { return acl; }
    std::string make_id() const override;
    std::shared_ptr<device::Comm> join(const device::CommPlace& place, int device, double timeout_s) const override;
    std::optional<std::string> missing_form(const CollectiveCall& call, int ranks) const override;
    const char* call_name(const CollectiveCall& call) const override;
    std::function<void()> launch(const device::LaunchPlan& plan, const CollectiveCall& call) const override;
    void put_send(const device::MessagePlan& plan) const override;
    void put_receive(const device::MessagePlan& plan) const override;
};

}  // namespace plumbline::hccl
