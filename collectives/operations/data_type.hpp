// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/device_code.hpp"

namespace plumbline {

enum class DataType : std::uint8_t {
    float32,
    float64,
    float16,
    bfloat16,
    int32,
    int8,
    uint8,
    float8_e4m3,  ///< of the OCP's 8-bit floats: 3 bits of fraction, up to 448, no infinities
    float8_e5m2,  ///< a float16 cut short
};

}  // namespace plumbline
