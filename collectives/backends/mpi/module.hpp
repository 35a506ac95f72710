// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/launcher_module.hpp"

/// The entry point of the module.
extern "C" const plumbline::MpiModule* plumbline_mpi_module();
