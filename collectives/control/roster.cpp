// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/roster.hpp"

#include "collectives/control/wire.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace plumbline::control {

namespace {

constexpr std::size_t most_names = 8;

std::string and_more(std::size_t hidden)
{
    return hidden > 0 ? fmt::format(" and {} more", hidden) : std::string();
}

}  // namespace

bool Roster::complete() const
{
    return std::ranges::all_of(members_, [](const Member& member) { return member.here; });
}

Address Roster::address_of(int rank, const Address& master) const
{
    Address address = at(rank).address;
    if (rank == 0 || address.is_loopback()) {
        address.ip = master.ip;
        address.scope = master.scope;
    }
    return address;
}

std::string Roster::name(int rank) const
{
    if (rank < 0 || rank >= size() || !at(rank).here) {
        return fmt::format("rank {}", rank);
    }
    return fmt::format("rank {} on {} (pid {})", rank, at(rank).host, at(rank).pid);
}

std::string Roster::missing() const
{
    std::vector<int> ranks;
    for (int rank = 0; rank < size(); ++rank) {
        if (!at(rank).here) {
            ranks.push_back(rank);
        }
    }
    return rank_list(ranks);
}

std::string Roster::present() const
{
    std::vector<std::string> names;
    std::size_t hidden = 0;
    for (int rank = 0; rank < size(); ++rank) {
        if (at(rank).here && names.size() < most_names) {
            names.push_back(name(rank));
        } else {
            hidden += at(rank).here ? 1U : 0U;
        }
    }
    return fmt::format("{}{}", fmt::join(names, ", "), and_more(hidden));
}

std::string rank_list(std::span<const int> ranks)
{
    std::vector<std::string> pieces;
    std::size_t at = 0;
    while (at < ranks.size() && pieces.size() < most_names) {
        std::size_t last = at;
        while (last + 1 < ranks.size() && ranks[last + 1] == ranks[last] + 1) {
            ++last;
        }
        // Two in a row are no range yet.
        if (last == at + 1) {
            last = at;
        }
        pieces.push_back(last == at ? fmt::format("{}", ranks[at]) : fmt::format("{} to {}", ranks[at], ranks[last]));
        at = last + 1;
    }
    return fmt::format("{} {}{}", ranks.size() == 1 ? "rank" : "ranks", fmt::join(pieces, ", "),
                       and_more(ranks.size() - at));
}

std::vector<std::byte> encode(const Roster& roster)
{
    WireWriter out;
    for (int rank = 0; rank < roster.size(); ++rank) {
        const Member& member = roster.at(rank);
        out.put_bytes(std::as_bytes(std::span(member.address.ip)))
            .put(member.address.port)
            .put(member.pid)
            .put(static_cast<std::uint16_t>(member.host.size()))
            .put_text(member.host, member.host.size());
    }
    return out.take();
}

Roster decode_roster(std::span<const std::byte> bytes, int size)
{
    WireReader in(bytes);
    Roster roster(size);
    for (int rank = 0; rank < size; ++rank) {
        Member& member = roster.at(rank);
        member.here = true;
        std::ranges::transform(in.get_bytes(member.address.ip.size()), member.address.ip.begin(),
                               [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
        member.address.port = in.get<std::uint16_t>();
        member.pid = in.get<std::uint32_t>();
        member.host = in.get_text(in.get<std::uint16_t>());
    }
    if (!in.at_end()) {
        throw WireError(say("a roster with more ranks than there are"));
    }
    return roster;
}

}  // namespace plumbline::control
