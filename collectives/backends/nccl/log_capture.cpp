// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/log_capture.hpp"

#include "collectives/backends/nccl/debug_log.hpp"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv and mkstemp are POSIX's
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace plumbline::nccl {

namespace {

/// What the user says to the library comes first.
constexpr const char* level = "NCCL_DEBUG";
constexpr const char* subsystems = "NCCL_DEBUG_SUBSYS";
constexpr const char* file = "NCCL_DEBUG_FILE";

std::string temporary_folder()
{
    const char* const folder = std::getenv("TMPDIR");
    return folder == nullptr || *folder == '\0' ? "/tmp" : folder;
}

}  // namespace

LogCapture::LogCapture(const std::string& kind)
{
    if (kind == "off") {
        why_not_ = "not asked for";
        return;
    }
    if (std::getenv(level) != nullptr || std::getenv(file) != nullptr) {
        why_not_ = "left to the user, who has set NCCL_DEBUG";
        return;
    }
    std::string path = temporary_folder() + "/plumbline-nccl-XXXXXX";
    const int descriptor = mkstemp(path.data());
    if (descriptor < 0) {
        why_not_ = "there is no file for it in " + temporary_folder();
        return;
    }
    close(descriptor);
    path_ = path;
    setenv(level, "INFO", 1);
    setenv(subsystems, kind == "tuning" ? "INIT,NET,GRAPH,P2P,SHM,NVLS,TUNING" : "INIT,NET,GRAPH,P2P,SHM,NVLS", 1);
    setenv(file, path_.c_str(), 1);
}

LogCapture::~LogCapture()
{
    if (!path_.empty()) {
        unlink(path_.c_str());
        unsetenv(level);
        unsetenv(subsystems);
        unsetenv(file);
    }
}

Facts LogCapture::facts() const
{
    if (path_.empty()) {
        return {{"log", why_not_}};
    }
    std::ifstream in(path_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    Facts facts = read_debug_log(text);
    if (facts.empty()) {
        facts.emplace_back("log", "nothing was understood");
    }
    return facts;
}

}  // namespace plumbline::nccl
