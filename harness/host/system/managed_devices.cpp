// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/managed_devices.hpp"

#include "collectives/util/dynamic_library.hpp"
#include "collectives/util/error.hpp"
#include "results/util/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace plumbline {

namespace {

// Names and numbers of NVIDIA's public NVML reference (nvml.h).
using Handle = void*;
using Init = int();
using GetHandle = int(const char* bus, Handle* device);
using GetText = int(Handle device, char* text, unsigned length);
using GetSystemText = int(char* text, unsigned length);
using GetEccMode = int(Handle device, unsigned* current, unsigned* pending);
/// nvmlConfComputeSystemState_t
struct ConfidentialState {
    unsigned environment;
    unsigned feature;  ///< 1: on
    unsigned tools_mode;
};
using GetConfidentialState = int(ConfidentialState* state);
constexpr int nvml_success = 0;

struct Nvml {
    Init* init = nullptr;
    Init* shutdown = nullptr;
    GetHandle* handle = nullptr;
    GetSystemText* driver = nullptr;
    GetText* name = nullptr;
    GetText* uuid = nullptr;
    GetText* serial = nullptr;
    GetText* vbios = nullptr;
    GetEccMode* ecc = nullptr;
    GetConfidentialState* confidential = nullptr;

    explicit Nvml(const DynamicLibrary& library)
    {
        library.get_if_there("nvmlInit_v2", init);
        library.get_if_there("nvmlShutdown", shutdown);
        library.get_if_there("nvmlDeviceGetHandleByPciBusId_v2", handle);
        library.get_if_there("nvmlSystemGetDriverVersion", driver);
        library.get_if_there("nvmlDeviceGetName", name);
        library.get_if_there("nvmlDeviceGetUUID", uuid);
        library.get_if_there("nvmlDeviceGetSerial", serial);
        library.get_if_there("nvmlDeviceGetVbiosVersion", vbios);
        library.get_if_there("nvmlDeviceGetEccMode", ecc);
        library.get_if_there("nvmlSystemGetConfComputeState", confidential);
    }
};

/// The text that `call` puts into its buffer replaces `into`.
template <class Call>
void take_text(std::string& into, Call call)
{
    std::array<char, 97> text{};
    if (call(text.data(), static_cast<unsigned>(text.size() - 1)) == nvml_success && text.front() != '\0') {
        into = text::printable(text.data());
    }
}

std::string on_or_off(bool on)
{
    return on ? "on" : "off";
}

void ask(const Nvml& nvml, InstalledDevice& device)
{
    Handle handle = nullptr;
    if (nvml.handle(device.address.c_str(), &handle) != nvml_success) {
        return;
    }
    const auto take = [&](std::string& into, GetText* call) {
        if (call != nullptr) {
            take_text(into, [&](char* text, unsigned length) { return call(handle, text, length); });
        }
    };
    take(device.model, nvml.name);
    take(device.uuid, nvml.uuid);
    take(device.serial, nvml.serial);
    take(device.firmware, nvml.vbios);
    unsigned current = 0;
    unsigned pending = 0;
    if (nvml.ecc != nullptr && nvml.ecc(handle, &current, &pending) == nvml_success) {
        device.error_correction = on_or_off(current != 0);
    }
    if (nvml.driver != nullptr) {
        std::string version;
        take_text(version, nvml.driver);
        device.driver = version.empty() ? device.driver : "nvidia " + version;
    }
    ConfidentialState state{};
    if (nvml.confidential != nullptr && nvml.confidential(&state) == nvml_success) {
        device.confidential = on_or_off(state.feature == 1);
    }
}

std::optional<DynamicLibrary> opened(const std::string& library)
{
    try {
        return DynamicLibrary(library);
    } catch (const ConfigError&) {  // no such driver here
        return std::nullopt;
    }
}

}  // namespace

void ask_nvml(std::span<InstalledDevice> devices, const std::string& library)
{
    const auto is_nvidia = [](const InstalledDevice& device) { return device.driver.starts_with("nvidia"); };
    if (std::ranges::none_of(devices, is_nvidia)) {
        return;
    }
    const auto found = opened(library);
    if (!found) {
        return;
    }
    const Nvml nvml(*found);
    if (nvml.init == nullptr || nvml.shutdown == nullptr || nvml.handle == nullptr || nvml.init() != nvml_success) {
        return;
    }
    for (InstalledDevice& device : devices) {
        if (is_nvidia(device)) {
            ask(nvml, device);
        }
    }
    nvml.shutdown();
}

}  // namespace plumbline
