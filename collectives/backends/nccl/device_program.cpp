// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/device_program.hpp"

#include "collectives/backends/device/find_library.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <sstream>
#include <vector>

namespace plumbline::nccl {

namespace {

/// The first line of a compiler's log that mentions an error, else the first one.
std::string first_complaint(const std::string& log)
{
    std::istringstream lines(log);
    std::string first;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("error") != std::string::npos) {
            return line;
        }
        first = first.empty() ? line : first;
    }
    return first;
}

/// The driver that the device's runtime has opened: another file of that name would be a driver that knows of nothing.
DynamicLibrary open_driver(const Vendor& vendor, const std::string& beside)
{
    const auto open = DynamicLibrary::already_open(std::string(vendor.driver));
    return open ? *open : device::open_first({&vendor.driver, 1}, beside, {});
}

}  // namespace

RunTimeCompiler::RunTimeCompiler(const Vendor& vendor, const std::string& beside)
    : library_(device::open_first(vendor.run_time_compilers, beside, vendor.toolkit.usual_folders))
{
    library_.get("nvrtcVersion", version_);
    library_.get("nvrtcCreateProgram", create_);
    library_.get("nvrtcDestroyProgram", destroy_);
    library_.get("nvrtcCompileProgram", compile_);
    library_.get("nvrtcGetProgramLogSize", log_size_);
    library_.get("nvrtcGetProgramLog", log_);
    library_.get("nvrtcGetCUBINSize", code_size_);
    library_.get("nvrtcGetCUBIN", code_);
    library_.get("nvrtcGetErrorString", error_string_);
    open_builtins();
}

/// The compiler opens a companion by its name alone, and doesn't find it where it was itself found by its path.
void RunTimeCompiler::open_builtins() const
{
    int major = 0;
    int minor = 0;
    check(version_(&major, &minor), "nvrtcVersion");
    const auto folder = std::filesystem::path(library_.path()).parent_path();
    try {
        const DynamicLibrary companion(folder / fmt::format("libnvrtc-builtins.so.{}.{}", major, minor));
    } catch (const ConfigError&) {
        return;  // the compiler says so where it needs it
    }
}

std::string RunTimeCompiler::version() const
{
    int major = 0;
    int minor = 0;
    check(version_(&major, &minor), "nvrtcVersion");
    return fmt::format("NVRTC {}.{}", major, minor);
}

void RunTimeCompiler::check(int code, const char* call, const std::string& more) const
{
    if (code != 0) {
        throw BackendError(call, code, more.empty() ? error_string_(code) : error_string_(code) + (": " + more));
    }
}

std::string RunTimeCompiler::log_of(Program program) const
{
    std::size_t bytes = 0;
    if (log_size_(program, &bytes) != 0 || bytes == 0) {
        return {};
    }
    std::string log(bytes, '\0');
    return log_(program, log.data()) == 0 ? log.substr(0, log.find('\0')) : "";
}

std::string RunTimeCompiler::compile(const std::string& source, std::span<const EmbeddedFile> headers,
                                     int capability) const
{
    std::vector<std::string> kept;  // the library wants texts that end in a zero
    for (const EmbeddedFile& header : headers) {
        kept.emplace_back(header.text);
        kept.emplace_back(header.name);
    }
    std::vector<const char*> texts;
    std::vector<const char*> names;
    for (std::size_t i = 0; i < kept.size(); i += 2) {
        texts.push_back(kept[i].c_str());
        names.push_back(kept[i + 1].c_str());
    }
    const std::string architecture = fmt::format("--gpu-architecture=sm_{}", capability);
    const std::array options{architecture.c_str(), "--std=c++17"};

    Program program = nullptr;
    check(create_(&program, source.c_str(), "plumbline.cu", static_cast<int>(names.size()), texts.data(), names.data()),
          "nvrtcCreateProgram");
    std::string code;
    try {
        const int result = compile_(program, static_cast<int>(options.size()), options.data());
        check(result, "nvrtcCompileProgram", result == 0 ? "" : first_complaint(log_of(program)));
        std::size_t bytes = 0;
        check(code_size_(program, &bytes), "nvrtcGetCUBINSize");
        code.resize(bytes);
        check(code_(program, code.data()), "nvrtcGetCUBIN");
    } catch (...) {
        destroy_(&program);
        throw;
    }
    destroy_(&program);
    return code;
}

DeviceProgram::DeviceProgram(const Vendor& vendor, const std::string& beside, const std::string& code)
    : library_(open_driver(vendor, beside))
{
    LoadData* load_data = nullptr;
    library_.get("cuModuleLoadData", load_data);
    library_.get("cuModuleUnload", unload_);
    library_.get("cuModuleGetFunction", get_function_);
    library_.get("cuLaunchKernel", launch_);
    library_.get("cuGetErrorString", error_string_);
    check(load_data(&module_, code.data()), "cuModuleLoadData");
}

DeviceProgram::~DeviceProgram()
{
    unload_(module_);
}

void DeviceProgram::fail(int code, const char* call) const
{
    const char* words = nullptr;
    const bool known = error_string_(code, &words) == 0 && words != nullptr;
    throw BackendError(call, code, known ? words : "see CUresult in the reference of CUDA's driver API");
}

DeviceProgram::Kernel DeviceProgram::kernel(const std::string& name) const
{
    Kernel kernel = nullptr;
    check(get_function_(&kernel, module_, name.c_str()), "cuModuleGetFunction");
    return kernel;
}

void DeviceProgram::launch(Kernel kernel, unsigned blocks, unsigned threads, cuda::Stream stream,
                           std::span<void* const> arguments) const
{
    check(launch_(kernel, blocks, 1, 1, threads, 1, 1, 0, stream, const_cast<void**>(arguments.data()), nullptr),
          launch_call);
}

}  // namespace plumbline::nccl
