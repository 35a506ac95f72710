// SPDX-License-Identifier: Apache-2.0
#include "harness/host/process_memory.hpp"

#include <fstream>
#include <string>

namespace plumbline {

std::uint64_t peak_memory(const std::filesystem::path& status)
{
    constexpr std::uint64_t kib = 1024;
    std::ifstream in(status);
    for (std::string word; in >> word;) {
        if (word == "VmHWM:") {
            std::uint64_t kibibytes = 0;
            return in >> kibibytes ? kibibytes * kib : 0;
        }
    }
    return 0;
}

}  // namespace plumbline
