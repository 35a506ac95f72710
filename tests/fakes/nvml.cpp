// SPDX-License-Identifier: Apache-2.0
/// A fake for libnvidia-ml: what a device would say of itself, always the same unless a fault is planted.
#include "tests/fakes/faults.hpp"
#include "tests/fakes/mark.hpp"

#include <cstring>

using plumbline::fake::rule_of;

namespace {

/// As the real one: an error where the text has no room.
int told(char* into, unsigned length, const char* text)
{
    constexpr int insufficient_size = 7;
    if (std::strlen(text) + 1 > length) {
        return insufficient_size;
    }
    std::strcpy(into, text);
    return 0;
}

}  // namespace

extern "C" {

PLUMBLINE_FAKE_MARK(nvml)

int nvmlInit_v2()
{
    return 0;
}

int nvmlShutdown()
{
    return 0;
}

/// Of every device but those of domain ffff.
int nvmlDeviceGetHandleByPciBusId_v2(const char* address, void** device)
{
    static int one = 0;
    *device = &one;
    constexpr int not_found = 6;
    return std::strncmp(address, "ffff", 4) == 0 ? not_found : 0;
}

int nvmlDeviceGetClockInfo(void*, int, unsigned* mhz)
{
    const auto rule = rule_of("throttled");
    *mhz = rule ? static_cast<unsigned>(rule->mhz) : 1410;
    return 0;
}

int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* reasons)
{
    const auto rule = rule_of("throttled");
    *reasons = rule ? static_cast<unsigned long long>(rule->value) : 0;
    return 0;
}

int nvmlDeviceGetPowerUsage(void*, unsigned* milliwatts)
{
    *milliwatts = 250'000;
    return 0;
}

int nvmlDeviceGetTemperature(void*, int, unsigned* degrees)
{
    *degrees = 40;
    return 0;
}

int nvmlDeviceGetTotalEccErrors(void*, int, int, unsigned long long* errors)
{
    *errors = 0;
    return 0;
}

/// One link that is active, and one that is not.
int nvmlDeviceGetNvLinkState(void*, unsigned link, unsigned* active)
{
    constexpr int invalid_argument = 2;
    *active = link == 0 ? 1 : 0;
    return link < 2 ? 0 : invalid_argument;
}

int nvmlDeviceGetNvLinkErrorCounter(void*, unsigned, int counter, unsigned long long* count)
{
    static unsigned long long looks = 0;
    const auto rule = rule_of("link-errors");
    *count = rule && counter == 0 ? static_cast<unsigned long long>(rule->value) * ++looks : 0;
    return 0;
}

int nvmlSystemGetDriverVersion(char* text, unsigned length)
{
    return told(text, length, "0.0-stand-in");
}

int nvmlDeviceGetName(void*, char* text, unsigned length)
{
    return told(text, length, "NVIDIA H200 (stand-in)");
}

int nvmlDeviceGetUUID(void*, char* text, unsigned length)
{
    return told(text, length, "GPU-5a1d0000-0000-0000-0000-000000000017");
}

int nvmlDeviceGetSerial(void*, char* text, unsigned length)
{
    return told(text, length, "1650000000017");
}

int nvmlDeviceGetVbiosVersion(void*, char* text, unsigned length)
{
    return told(text, length, "96.00.A0.00.01");
}

int nvmlDeviceGetEccMode(void*, unsigned* current, unsigned* pending)
{
    *current = 1;
    *pending = 0;
    return 0;
}

/// Confidential computing is on.
int nvmlSystemGetConfComputeState(unsigned* state)
{
    state[0] = 2;
    state[1] = 1;
    state[2] = 0;
    return 0;
}

}  // extern "C"
