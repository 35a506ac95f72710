// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/system_file.hpp"

#include <fstream>

namespace plumbline {

std::string first_line_of(const std::filesystem::path& file)
{
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

}  // namespace plumbline
