// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/device_management.hpp"

#include "collectives/backends/device/find_library.hpp"
#include "collectives/util/error.hpp"

#include <array>

namespace plumbline::nccl {

namespace {

constexpr int success = 0;             ///< NVML_SUCCESS
constexpr int processor_clock = 1;     ///< NVML_CLOCK_SM
constexpr int gpu_sensor = 0;          ///< NVML_TEMPERATURE_GPU
constexpr int corrected = 0;           ///< NVML_MEMORY_ERROR_TYPE_CORRECTED
constexpr int uncorrected = 1;         ///< NVML_MEMORY_ERROR_TYPE_UNCORRECTED
constexpr int since_driver_start = 0;  ///< NVML_VOLATILE_ECC
constexpr unsigned most_links = 18;    ///< NVML_NVLINK_MAX_LINKS
/// NVML_NVLINK_ERROR_DL_REPLAY, ..._RECOVERY, ..._CRC_FLIT, ..._CRC_DATA
constexpr std::array link_counters{0, 1, 2, 3};

/// What `call` puts into its argument; absent unless it succeeds.
template <class Value, class Call>
std::optional<double> told(Call call)
{
    Value value = 0;
    return call(&value) == success ? std::optional(static_cast<double>(value)) : std::nullopt;
}

std::optional<double> scaled(std::optional<double> value, double factor)
{
    return value ? std::optional(*value * factor) : std::nullopt;
}

}  // namespace

DeviceManagement::DeviceManagement(const Vendor& vendor, const std::string& beside, const std::string& bus)
    : library_(device::open_first({&vendor.management, 1}, beside, {}))
{
    Init* init = nullptr;
    GetHandle* get_handle = nullptr;
    library_.get("nvmlInit_v2", init);
    library_.get("nvmlShutdown", shutdown_);
    library_.get("nvmlDeviceGetHandleByPciBusId_v2", get_handle);
    library_.get("nvmlSystemGetDriverVersion", driver_version_);
    library_.get("nvmlDeviceGetClockInfo", clock_info_);
    library_.get("nvmlDeviceGetTemperature", temperature_);
    library_.get("nvmlDeviceGetPowerUsage", power_usage_);
    library_.get("nvmlDeviceGetCurrentClocksThrottleReasons", throttle_reasons_);
    library_.get("nvmlDeviceGetTotalEccErrors", ecc_errors_);
    library_.get_if_there("nvmlDeviceGetNvLinkState", link_state_);
    library_.get_if_there("nvmlDeviceGetNvLinkErrorCounter", link_counter_);
    if (const int code = init(); code != success) {
        throw BackendError("nvmlInit_v2", code, "see nvmlReturn_t in NVML's reference");
    }
    if (const int code = get_handle(bus.c_str(), &device_); code != success) {
        shutdown_();
        throw BackendError("nvmlDeviceGetHandleByPciBusId_v2", code, "see nvmlReturn_t in NVML's reference");
    }
}

DeviceManagement::~DeviceManagement()
{
    shutdown_();
}

std::string DeviceManagement::driver() const
{
    std::array<char, 96> text{};
    return driver_version_(text.data(), text.size()) == success ? text.data() : "of unknown version";
}

double DeviceManagement::link_errors(unsigned link) const
{
    double sum = 0;
    for (const int counter : link_counters) {
        sum += told<unsigned long long>([&](auto* count) {
                   return link_counter_(device_, link, counter, count);
               }).value_or(0);
    }
    return sum;
}

DeviceReading DeviceManagement::read() const
{
    using Count = unsigned long long;
    DeviceReading reading;
    reading.clock_hz =
        scaled(told<unsigned>([&](auto* mhz) { return clock_info_(device_, processor_clock, mhz); }), 1e6);
    reading.power_w = scaled(told<unsigned>([&](auto* milliwatts) { return power_usage_(device_, milliwatts); }), 1e-3);
    reading.temperature_c = told<unsigned>([&](auto* degrees) { return temperature_(device_, gpu_sensor, degrees); });
    reading.throttle_reasons = told<Count>([&](auto* reasons) { return throttle_reasons_(device_, reasons); });
    reading.corrected_errors =
        told<Count>([&](auto* count) { return ecc_errors_(device_, corrected, since_driver_start, count); });
    reading.uncorrected_errors =
        told<Count>([&](auto* count) { return ecc_errors_(device_, uncorrected, since_driver_start, count); });
    for (unsigned link = 0; link_state_ != nullptr && link_counter_ != nullptr && link < most_links; ++link) {
        const auto active =
            told<unsigned>([&](auto* state) { return link_state_(device_, static_cast<int>(link), state); });
        if (active == 1.0) {
            reading.link_errors = reading.link_errors.value_or(0) + link_errors(link);
        }
    }
    return reading;
}

}  // namespace plumbline::nccl
