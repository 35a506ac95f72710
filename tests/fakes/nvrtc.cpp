// SPDX-License-Identifier: Apache-2.0
/// A fake for libnvrtc: it checks that it was given all that the program includes, and that it is asked for the
/// device that there is. What it "compiles" to is a few bytes that the fake for the driver takes for the kernels
/// that it has.
#include "tests/fakes/compiled.hpp"
#include "tests/fakes/faults.hpp"
#include "tests/fakes/mark.hpp"

#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <string_view>

using namespace plumbline::fake;

namespace {

constexpr int success = 0;
constexpr int invalid_option = 5;
constexpr int compilation = 6;

struct Program {
    std::string source;
    std::map<std::string, std::string> headers;
    std::string log;
};

/// The first header that `text`, or what it includes, names in quotes and that isn't there; "" where all are.
std::string missing_header(const Program& program, std::string_view text, std::set<std::string>& seen)
{
    constexpr std::string_view include = "#include \"";
    for (std::size_t at = text.find(include); at != std::string_view::npos; at = text.find(include, at)) {
        at += include.size();
        const std::string name(text.substr(at, text.find('"', at) - at));
        const auto header = program.headers.find(name);
        if (header == program.headers.end()) {
            return name;
        }
        if (seen.insert(name).second) {
            if (const std::string deeper = missing_header(program, header->second, seen); !deeper.empty()) {
                return deeper;
            }
        }
    }
    return {};
}

}  // namespace

extern "C" {

PLUMBLINE_FAKE_MARK(nvrtc)

int nvrtcVersion(int* major, int* minor)
{
    *major = 13;
    *minor = 0;
    return success;
}

int nvrtcCreateProgram(void** program, const char* source, const char*, int count, const char* const* texts,
                       const char* const* names)
{
    if (const auto code = planted_failure("nvrtcCreateProgram")) {
        return *code;
    }
    auto* const made = new Program{.source = source, .headers = {}, .log = {}};
    for (int i = 0; i < count; ++i) {
        made->headers[names[i]] = texts[i];
    }
    *program = made;
    return success;
}

int nvrtcDestroyProgram(void** program)
{
    delete static_cast<Program*>(*program);
    *program = nullptr;
    return success;
}

int nvrtcCompileProgram(void* handle, int count, const char* const* options)
{
    auto* const program = static_cast<Program*>(handle);
    if (const auto code = planted_failure("nvrtcCompileProgram")) {
        program->log = "\nplumbline.cu(1): error: planted\n";
        return *code;
    }
    bool for_this_device = false;
    for (int i = 0; i < count; ++i) {
        for_this_device = for_this_device || std::string_view(options[i]) == "--gpu-architecture=sm_90";
    }
    if (!for_this_device) {
        return invalid_option;
    }
    std::set<std::string> seen;
    if (const std::string missing = missing_header(*program, program->source, seen); !missing.empty()) {
        program->log = "plumbline.cu(1): catastrophic error: cannot open source file \"" + missing + "\"\n";
        return compilation;
    }
    return success;
}

int nvrtcGetProgramLogSize(void* program, std::size_t* bytes)
{
    *bytes = static_cast<Program*>(program)->log.size() + 1;
    return success;
}

int nvrtcGetProgramLog(void* program, char* log)
{
    const std::string& text = static_cast<Program*>(program)->log;
    std::memcpy(log, text.c_str(), text.size() + 1);
    return success;
}

int nvrtcGetCUBINSize(void*, std::size_t* bytes)
{
    *bytes = sizeof compiled;
    return success;
}

int nvrtcGetCUBIN(void*, char* code)
{
    std::memcpy(code, compiled, sizeof compiled);
    return success;
}

const char* nvrtcGetErrorString(int code)
{
    switch (code) {
        case success:
            return "NVRTC_SUCCESS";
        case invalid_option:
            return "NVRTC_ERROR_INVALID_OPTION";
        case compilation:
            return "NVRTC_ERROR_COMPILATION";
        default:
            return "NVRTC_ERROR unknown";
    }
}

}  // extern "C"
