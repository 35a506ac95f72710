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

std::string text_at(const LldpJson& object, const char* name)
{
    const auto found = object.is_object() ? object.find(name) : object.end();
    return found != object.end() && found->is_string() ? text::printable(found->get<std::string>()) : "";
}

/// Its description, else its identifier where that is a name.
std::string port_in(const LldpJson& port)
{
    const std::string description = text_at(first_in(port, "descr"), "value");
    const LldpJson& identifier = first_in(port, "id");
    const std::string kind = text_at(identifier, "type");
    const bool is_name = kind == "ifname" || kind == "ifalias" || kind == "local";
    return !description.empty() ? description : is_name ? text_at(identifier, "value") : "";
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
        const LinkNeighbour neighbour{.system = text_at(first_in(first_in(interface, "chassis"), "name"), "value"),
                                      .port = port_in(first_in(interface, "port"))};
        const std::string name = text_at(interface, "name");
        if (!name.empty() && !neighbour.system.empty()) {
            found.emplace(name, neighbour);
        }
    }
    return found;
}

}  // namespace plumbline
