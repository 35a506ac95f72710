// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/clock.hpp"
#include "collectives/api/operation.hpp"

#include <cstdint>

namespace plumbline {

struct Sample {
    double begin_s = 0;
    double seconds = 0;  ///< per execution
};

/// The timed region: nothing but the operation between the two stamps. `batch`: how often it is started and finished.
/// `chain`: executions that one start and finish of it stand for (CollectiveQueue::prepare_chain()).
inline Sample time_sample(Operation& operation, const Clock& clock, std::uint32_t batch, std::uint32_t chain = 1)
{
    const double begin = clock.now_s();
    for (std::uint32_t i = 0; i < batch; ++i) {
        operation.start();
        operation.finish();
    }
    const double end = clock.now_s();
    return {.begin_s = begin, .seconds = in_counts(end - begin, clock, batch * chain)};
}

/// Length of a sample of which one reading of the clock, which costs `clock_cost_s`, is half a per cent.
double shortest_sample_s(double clock_cost_s);
/// Executions per sample that make it that long, from 1 to 10,000.
std::uint32_t batch_for(double execution_s, double clock_cost_s);

/// Seconds of one reading of `clock`: the least mean of several series of readings.
double clock_cost(const Clock& clock);

/// Seconds of a sample of an operation that does nothing, timed as in a round: median of many.
double empty_operation_cost(const Clock& clock);

/// Seconds of this host's steady clock, from an arbitrary origin: for all timing that is no measurement, whatever clock
/// the backend has.
double steady_now_s();

/// Seconds since 1970 of the system's clock: for the record, never for a measurement.
double unix_now_s();

}  // namespace plumbline
