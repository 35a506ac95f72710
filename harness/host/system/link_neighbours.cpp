// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/link_neighbours.hpp"

#include "collectives/util/program_output.hpp"
#include "harness/host/system/system_file.hpp"
#include "results/util/text.hpp"

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>

namespace plumbline {

namespace {

unsigned byte_at(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at]);
}

/// Types of LLDP's fields.
constexpr unsigned end_of_frame = 0;
constexpr unsigned port_identifier = 2;
constexpr unsigned port_description = 4;
constexpr unsigned system_name = 5;
/// Kinds of a port's identifier that are text.
constexpr unsigned interface_alias = 1;
constexpr unsigned interface_name = 5;
constexpr unsigned locally_assigned = 7;

}  // namespace

std::optional<LinkNeighbour> parse_lldp_frame(std::string_view frame)
{
    constexpr std::size_t header = 14;  // two addresses and the type
    constexpr unsigned lldp = 0x88cc;
    if (frame.size() < header || ((byte_at(frame, 12) << 8U) | byte_at(frame, 13)) != lldp) {
        return std::nullopt;
    }
    frame.remove_prefix(header);
    LinkNeighbour found;
    std::string identifier;
    while (frame.size() >= 2) {
        const unsigned head = (byte_at(frame, 0) << 8U) | byte_at(frame, 1);
        const unsigned type = head >> 9U;
        const std::size_t length = head & 0x1FFU;
        frame.remove_prefix(2);
        if (type == end_of_frame || frame.size() < length) {
            break;
        }
        const std::string_view value = frame.substr(0, length);
        if (type == system_name) {
            found.system = text::printable(value);
        } else if (type == port_description) {
            found.port = text::printable(value);
        } else if (type == port_identifier && length > 1) {
            const unsigned kind = byte_at(value, 0);
            if (kind == interface_alias || kind == interface_name || kind == locally_assigned) {
                identifier = text::printable(value.substr(1));
            }
        }
        frame.remove_prefix(length);
    }
    if (found.port.empty()) {
        found.port = identifier;
    }
    return found.system.empty() ? std::nullopt : std::optional(found);
}

std::map<std::string, LinkNeighbour> ask_lldpd()
{
    constexpr const char* socket = "/run/lldpd.socket";
    if (::access(socket, R_OK | W_OK) != 0) {
        return {};
    }
    for (const char* const program : {"/usr/sbin/lldpcli", "/usr/bin/lldpcli", "/sbin/lldpcli"}) {
        if (::access(program, X_OK) == 0) {
            constexpr double within_s = 2;
            return parse_lldpcli(output_of({program, "-f", "json0", "show", "neighbors"}, within_s));
        }
    }
    return {};
}

std::string lldp_neighbour(const std::string& interface, const std::filesystem::path& root)
{
    const std::string index = first_line_of(root / "sys/class/net" / interface / "ifindex");
    if (index.empty() || index.find_first_not_of("0123456789") != std::string::npos) {
        return "";
    }
    std::ifstream in(root / "run/systemd/netif/lldp" / index, std::ios::binary);
    const std::string file{std::istreambuf_iterator<char>(in), {}};
    std::string_view rest = file;
    // Frames, each behind its size in 8 bytes, the least significant first.
    constexpr std::size_t size_bytes = 8;
    while (rest.size() > size_bytes) {
        std::uint64_t size = 0;
        for (std::size_t i = size_bytes; i > 0; --i) {
            size = (size << 8U) | byte_at(rest, i - 1);
        }
        rest.remove_prefix(size_bytes);
        if (size > rest.size()) {
            return "";
        }
        if (const auto found = parse_lldp_frame(rest.substr(0, size))) {
            return neighbour_text(*found);
        }
        rest.remove_prefix(size);
    }
    return "";
}

}  // namespace plumbline
