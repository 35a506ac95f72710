/// A stand-in for libnvidia-ml: what a device would say of itself, always the same.
#include "tests/standin/mark.hpp"

#include <cstring>

extern "C" {

PLUMBLINE_STANDIN_MARK(nvml)

int nvmlInit_v2()
{
    return 0;
}

int nvmlShutdown()
{
    return 0;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char*, void** device)
{
    static int one = 0;
    *device = &one;
    return 0;
}

int nvmlDeviceGetClockInfo(void*, int, unsigned* mhz)
{
    *mhz = 1410;
    return 0;
}

int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* reasons)
{
    *reasons = 0;
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

int nvmlSystemGetDriverVersion(char* text, unsigned length)
{
    std::strncpy(text, "0.0-stand-in", length);
    return 0;
}

}  // extern "C"
