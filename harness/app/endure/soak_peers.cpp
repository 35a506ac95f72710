// SPDX-License-Identifier: Apache-2.0
#include "harness/app/endure/soak_peers.hpp"

#include <cstddef>
#include <string_view>
#include <utility>

namespace plumbline::app {

namespace {

using endure::LineConnection;
using endure::Message;

/// "wrong data on rank 3, ...": with the rank as a field.
Message with_rank(Message message)
{
    constexpr std::string_view mark = "rank ";
    const std::string what = message.text("what");
    if (const std::size_t at = what.find(mark); at != std::string::npos) {
        const std::size_t begin = at + mark.size();
        message.fields["rank"] = what.substr(begin, what.find_first_not_of("0123456789", begin) - begin);
    }
    return message;
}

}  // namespace

void SoakPeers::expect(std::string secret)
{
    secret_ = std::move(secret);
    host_of_rank_.clear();
}

void SoakPeers::add_descriptors(std::vector<pollfd>& waiting) const
{
    waiting.push_back({listener_.descriptor(), POLLIN, 0});
    for (const Peer& peer : peers_) {
        waiting.push_back({peer.connection.descriptor(), POLLIN, 0});
    }
}

void SoakPeers::accept()
{
    for (LineConnection next = listener_.accept(); next.open(); next = listener_.accept()) {
        peers_.push_back({.connection = std::move(next), .role = {}, .rank = 0, .node = 0});
    }
}

bool SoakPeers::introduce(Peer& peer, const Message& message, const Handlers& handlers)
{
    if (secret_.empty() || message.kind != "hello" || message.text("secret") != secret_) {
        peer.connection = LineConnection();
        return false;
    }
    peer.role = message.text("role");
    peer.rank = static_cast<int>(message.count("rank"));
    peer.node = static_cast<int>(message.count("node"));
    host_of_rank_[peer.rank] = message.text("host");
    if (peer.role == "main") {
        peer.connection.send(handlers.greeting());
    }
    return true;
}

void SoakPeers::hear(const Handlers& handlers)
{
    for (auto peer = peers_.begin(); peer != peers_.end();) {
        while (auto message = peer->connection.receive()) {
            if (peer->role.empty()) {
                if (!introduce(*peer, *message, handlers)) {
                    break;
                }
            } else if (peer->role == "main") {
                handlers.from_rank_0(message->kind == "wrong" ? with_rank(*message) : *message);
            } else if (peer->role == "word" && message->kind == "hang") {
                handlers.last_word(*message);
            }
        }
        if (peer->connection.open() && !peer->connection.broken()) {
            ++peer;
            continue;
        }
        if (peer->role == "main") {
            handlers.rank_0_is_gone();
        }
        peer = peers_.erase(peer);
    }
}

void SoakPeers::tell_rank_0(const Message& message)
{
    for (Peer& peer : peers_) {
        if (peer.role == "main") {
            peer.connection.send(message);
        }
    }
}

std::vector<endure::RankLink> SoakPeers::links()
{
    std::vector<endure::RankLink> links;
    for (Peer& peer : peers_) {
        if (peer.role == "agent") {
            links.push_back({.rank = peer.rank, .node = peer.node, .connection = &peer.connection});
        }
    }
    return links;
}

std::string SoakPeers::host_of(int rank) const
{
    const auto known = host_of_rank_.find(rank);
    return known == host_of_rank_.end() ? "" : known->second;
}

}  // namespace plumbline::app
