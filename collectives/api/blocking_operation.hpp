// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/operation.hpp"

#include <memory>
#include <utility>

namespace plumbline {

/// An operation that is done when start() returns: `Call` is a callable that holds everything it needs.
template <class Call>
class BlockingOperation final : public Operation {
public:
    explicit BlockingOperation(Call call) : call_(std::move(call)) {}
    void start() override { call_(); }
    void finish() override {}

private:
    Call call_;
};

template <class Call>
std::unique_ptr<Operation> blocking(Call call)
{
    return std::make_unique<BlockingOperation<Call>>(std::move(call));
}

}  // namespace plumbline
