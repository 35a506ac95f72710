// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/cuda/cuda_abi.hpp"
#include "collectives/backends/nccl/vendor.hpp"
#include "collectives/util/dynamic_library.hpp"
#include "collectives/util/embedded_file.hpp"

#include <span>
#include <string>

namespace plumbline::nccl {

/// NVRTC: NVIDIA's compiler as a library. Names and numbers are those of its public documentation.
class RunTimeCompiler {
public:
    /// Throws ConfigError. `beside`: a library whose folder is looked in first.
    RunTimeCompiler(const Vendor& vendor, const std::string& beside);

    bool is_fake() const { return library_.find("plumbline_fake") != nullptr; }
    /// "NVRTC 12.4".
    std::string version() const;
    /// The machine code of `source`, which includes `headers` by their names, for devices of compute capability
    /// `capability` (90 for 9.0). Throws BackendError with what the compiler said first.
    std::string compile(const std::string& source, std::span<const EmbeddedFile> headers, int capability) const;

private:
    using Program = void*;
    using Version = int(int* major, int* minor);
    using CreateProgram = int(Program* program, const char* source, const char* name, int headers,
                              const char* const* texts, const char* const* names);
    using DestroyProgram = int(Program* program);
    using CompileProgram = int(Program program, int options, const char* const* texts);
    using GetSize = int(Program program, std::size_t* bytes);
    using GetBytes = int(Program program, char* bytes);
    using GetErrorString = const char*(int code);

    void check(int code, const char* call, const std::string& more = {}) const;
    std::string log_of(Program program) const;
    void open_builtins() const;

    DynamicLibrary library_;
    Version* version_ = nullptr;
    CreateProgram* create_ = nullptr;
    DestroyProgram* destroy_ = nullptr;
    CompileProgram* compile_ = nullptr;
    GetSize* log_size_ = nullptr;
    GetBytes* log_ = nullptr;
    GetSize* code_size_ = nullptr;
    GetBytes* code_ = nullptr;
    GetErrorString* error_string_ = nullptr;
};

/// Machine code on this rank's device, through the driver, which has no other way to launch a kernel that was compiled
/// at run time. The device must be the calling thread's current one.
class DeviceProgram {
public:
    using Kernel = void*;

    /// Throws ConfigError, BackendError.
    DeviceProgram(const Vendor& vendor, const std::string& beside, const std::string& code);
    ~DeviceProgram();
    DeviceProgram(const DeviceProgram&) = delete;
    DeviceProgram& operator=(const DeviceProgram&) = delete;

    bool is_fake() const { return library_.find("plumbline_fake") != nullptr; }
    /// Throws BackendError where there is none of that name.
    Kernel kernel(const std::string& name) const;
    /// `arguments`: one pointer to each; they are copied. Throws BackendError.
    void launch(Kernel kernel, unsigned blocks, unsigned threads, cuda::Stream stream,
                std::span<void* const> arguments) const;

    static constexpr const char* launch_call = "cuLaunchKernel";

private:
    using Module = void*;
    using LoadData = int(Module* module, const void* code);
    using Unload = int(Module module);
    using GetFunction = int(Kernel* kernel, Module module, const char* name);
    using Launch = int(Kernel kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                       unsigned block_y, unsigned block_z, unsigned shared_bytes, cuda::Stream stream, void** arguments,
                       void** more);
    using GetErrorString = int(int code, const char** text);

    void check(int code, const char* call) const
    {
        if (code != 0) [[unlikely]] {
            fail(code, call);
        }
    }
    [[noreturn]] void fail(int code, const char* call) const;

    DynamicLibrary library_;
    Unload* unload_ = nullptr;
    GetFunction* get_function_ = nullptr;
    Launch* launch_ = nullptr;
    GetErrorString* error_string_ = nullptr;
    Module module_ = nullptr;
};

}  // namespace plumbline::nccl
