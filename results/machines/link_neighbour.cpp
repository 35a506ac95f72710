// SPDX-License-Identifier: Apache-2.0
#include "results/machines/link_neighbour.hpp"

#include "results/util/text.hpp"

#include <nlohmann/json.hpp>

namespace plumbline {
namespace {

using LldpJson = nlohmann::json;

/// The member `name`, a list in all that lldpcli prints as json0; an empty list where there is none.
const LldpJson& list_in(const LldpJson& object, const char* name)
{
    static const LldpJson none = LldpJson::array();
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_array() ? *found : none;
}

/// The first of them.
const LldpJson& first_in(const LldpJson& object, const char* name)
{
    static const LldpJson none;
    const LldpJson& all = list_in(object, name);
    return all.empty() ? none : all.front();
}

std::string value_in(const LldpJson& object)
{
    const auto found = object.is_object() ? object.find("value") : object.end();
    return found != object.end() && found->is_string() ? text::printable(found->get<std::string>()) : "";
}

}  // namespace

std::string neighbour_text(const LinkNeighbour& neighbour)
{
    return neighbour.port.empty() ? neighbour.system : neighbour.system + " " + neighbour.port;
}

std::map<std::string, LinkNeighbour> parse_lldpcli(std::string_view json)
{
    std::map<std::string, LinkNeighbour> found;
    const LldpJson all = LldpJson::parse(json, nullptr, false);
    for (const LldpJson& interface : list_in(first_in(all, "lldp"), "interface")) {
        const LldpJson& chassis = first_in(interface, "chassis");
        const LldpJson& port = first_in(interface, "port");
        const std::string description = value_in(first_in(port, "descr"));
        const LinkNeighbour neighbour{.system = value_in(first_in(chassis, "name")),
                                      .port = description.empty() ? value_in(first_in(port, "id")) : description};
        const auto name = interface.is_object() ? interface.find("name") : interface.end();
        if (name != interface.end() && name->is_string() && !neighbour.system.empty()) {
            found.emplace(name->get<std::string>(), neighbour);
        }
    }
    return found;
}

}  // namespace plumbline
