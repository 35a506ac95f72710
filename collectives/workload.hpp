#pragma once

// Every workload with what carries it out.
#include "collectives/workloads/catalogue.hpp"  // IWYU pragma: export
#include "collectives/workloads/executor.hpp"   // IWYU pragma: export
