#pragma once

// Every workload with what carries it out.
#include "collectives/workloads/data_parallel.hpp"  // IWYU pragma: export
#include "collectives/workloads/executor.hpp"       // IWYU pragma: export
#include "collectives/workloads/pipeline.hpp"       // IWYU pragma: export
