// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/host/host_placement.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <optional>

namespace plumbline {

bool take_placement(HostPlacement& placement, std::string_view key, const std::string& value)
{
    if (key == "buffers") {
        if (value != "pages" && value != "drawn") {
            throw ConfigError(say("backend_options.buffers is '{}' (not one of pages, drawn). Try drawn", value));
        }
        placement.drawn = value == "drawn";
        return true;
    }
    if (key == "huge_pages") {
        if (value != "system" && value != "on" && value != "off") {
            throw ConfigError(say("backend_options.huge_pages is '{}' (not one of system, on, off). Try off", value));
        }
        placement.huge_pages = value == "on" ? HugePages::on : value == "off" ? HugePages::off : HugePages::system;
        return true;
    }
    return false;
}

void require_huge_pages(const HostPlacement& placement, const BackendSetup& setup, const std::filesystem::path& root)
{
    if (placement.huge_pages != HugePages::on) {
        return;
    }
    std::ifstream file(root / "sys/kernel/mm/transparent_hugepage/enabled");
    const std::string said{std::istreambuf_iterator<char>(file), {}};
    std::optional<std::string> objection;
    if (said.empty() || said.find("[never]") != std::string::npos) {
        objection = fmt::format(
            "backend_options.huge_pages is 'on', which the kernel of {} doesn't give (transparent_hugepage/enabled: "
            "{}). Set that to madvise, or leave the option out",
            setup.host_name, said.empty() ? "missing" : "never");
    }
    if (const auto why = first_error(setup.world, objection)) {
        throw ConfigError(*why);
    }
}

Facts facts_of(const HostPlacement& placement)
{
    Facts facts;
    if (placement.drawn) {
        facts.emplace_back("buffers", "mapped anew, at drawn offsets");
    }
    if (placement.huge_pages != HugePages::system) {
        facts.emplace_back("huge pages", placement.huge_pages == HugePages::on ? "on" : "off");
    }
    return facts;
}

}  // namespace plumbline
