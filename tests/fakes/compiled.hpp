// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace plumbline::fake {

/// What the fake for the compiler makes of any program, and the one for the driver takes.
inline constexpr char compiled[] = "plumbline's stand-in for machine code";

}  // namespace plumbline::fake
