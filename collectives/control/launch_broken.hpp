// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace plumbline::control {

/// A rank of the launch is gone, or the launch fell apart otherwise: no call can succeed any more. No BackendError: the
/// library under measurement has nothing to do with it, and no case can go on.
class LaunchBroken : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace plumbline::control
