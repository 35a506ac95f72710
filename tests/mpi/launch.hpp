// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/mpi/session.hpp"

/// The session that main() opened, for the tests of this program.
plumbline::mpi::Session& session();
