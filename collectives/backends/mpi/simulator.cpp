// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/simulator.hpp"

#include "collectives/api/blocking_operation.hpp"
#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/session.hpp"

#include <mpi.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace plumbline::mpi {

namespace {

/// At least `seconds`, to the nanosecond, which is what nanosleep() takes. The C call: SimGrid replaces it.
void sleep_for(double seconds) noexcept
{
    constexpr double ns_per_s = 1e9;
    const double whole_s = std::floor(seconds);
    // A sum of decimal fractions is not a nanosecond more because it isn't a binary one.
    constexpr double rounding_ns = 1e-3;
    const double rest_ns = std::clamp(std::ceil((seconds - whole_s) * ns_per_s - rounding_ns), 0.0, ns_per_s - 1);
    const timespec pause{.tv_sec = static_cast<time_t>(whole_s), .tv_nsec = static_cast<long>(rest_ns)};
    nanosleep(&pause, nullptr);
}

}  // namespace

bool library_is_simulator()
{
    return library_version().starts_with("SMPI");
}

double SimulatedClock::now_s() const noexcept
{
    return offset_s_ + rate_ * MPI_Wtime();
}

void SimulatedClock::wait_until(double moment_s) const noexcept
{
    constexpr double shortest_s = 1e-9;
    for (double left_s = moment_s - now_s(); left_s > 0; left_s = moment_s - now_s()) {
        sleep_for(std::max(left_s / rate_, shortest_s));
    }
}

SimulatedClock make_simulated_clock(int rank)
{
    constexpr int rates = 5;
    constexpr int offsets = 7;
    const char* const asked = std::getenv("PLUMBLINE_SIMULATED_DRIFT");  // NOLINT(concurrency-mt-unsafe): at the start
    if (asked == nullptr) {
        return SimulatedClock();
    }
    const double drift = std::strtod(asked, nullptr);
    return SimulatedClock(1e-3 * (rank % offsets), 1 + drift * (rank % rates - rates / 2) / (rates / 2));
}

std::unique_ptr<Operation> make_simulated_compute(double seconds)
{
    return blocking([seconds] { sleep_for(seconds); });
}

std::string host_name()
{
    if (library_is_simulator()) {
        std::array<char, MPI_MAX_PROCESSOR_NAME + 1> name{};
        int length = 0;
        check(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
        return name.data();
    }
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace plumbline::mpi
