// SPDX-License-Identifier: Apache-2.0
#include "results/layout/columns.hpp"

#include <fmt/format.h>

#include <limits>

namespace plumbline::layout {

int narrow(std::int64_t value)
{
    if (value < 0 || value > std::numeric_limits<int>::max()) {
        throw hdf5::Error(say("impossible count {}", value));
    }
    return static_cast<int>(value);
}

}  // namespace plumbline::layout
