// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/buffer.hpp"
#include "collectives/api/operation.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace plumbline {

/// Several operations as one, such as messages at the same time: all are started, then all are finished, in this order.
class OperationGroup final : public Operation {
public:
    /// `kept`: buffers of the parts that nobody else keeps.
    explicit OperationGroup(std::vector<std::unique_ptr<Operation>> parts,
                            std::vector<std::unique_ptr<Buffer>> kept = {})
        : kept_(std::move(kept)), parts_(std::move(parts))
    {
    }
    void start() override
    {
        for (const auto& part : parts_) {
            part->start();
        }
    }
    void finish() override
    {
        for (const auto& part : parts_) {
            part->finish();
        }
    }

private:
    std::vector<std::unique_ptr<Buffer>> kept_;
    std::vector<std::unique_ptr<Operation>> parts_;  ///< before the buffers go
};

}  // namespace plumbline
