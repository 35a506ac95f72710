// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/pci_names.hpp"

#include "harness/host/system/system_file.hpp"

#include <array>
#include <cstddef>
#include <fstream>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

bool is_number_of_four(const std::string& line, std::size_t at)
{
    constexpr std::size_t digits = 4;
    return line.size() > at + digits + 2 &&
           line.substr(at, digits).find_first_not_of("0123456789abcdef") == std::string::npos &&
           line.substr(at + digits, 2) == "  ";
}

std::string without_prefix(const std::string& number)
{
    return number.starts_with("0x") ? number.substr(2) : number;
}

}  // namespace

PciNames::PciNames(const fs::path& root)
{
    constexpr std::array places{"usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids", "usr/share/pci.ids"};
    for (const char* place : places) {
        std::ifstream in(root / place);
        std::string vendor;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("C ")) {
                break;  // classes come last
            }
            if (is_number_of_four(line, 0)) {
                vendor = line.substr(0, 4);
                names_.emplace(vendor, line.substr(6));
            } else if (!vendor.empty() && line.starts_with("\t") && is_number_of_four(line, 1)) {
                names_.emplace(vendor + " " + line.substr(1, 4), line.substr(7));
            }
        }
        if (!names_.empty()) {
            return;
        }
    }
}

std::string PciNames::of(const fs::path& device) const
{
    const std::string vendor = first_line_of(device / "vendor");
    const std::string number = first_line_of(device / "device");
    if (vendor.empty() || number.empty()) {
        return "";
    }
    const auto maker = names_.find(without_prefix(vendor));
    const auto name = names_.find(without_prefix(vendor) + " " + without_prefix(number));
    return maker == names_.end() || name == names_.end() ? vendor + " " + number : maker->second + " " + name->second;
}

}  // namespace plumbline
