// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/control/socket.hpp"
#include "results/diagnosis/doctor_report.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline::app {

/// An address of one of a node's interfaces.
struct NodeAddress {
    std::string interface;  ///< "eth0"
    std::string ip;         ///< "10.0.0.7", "fd00::7"
    bool operator==(const NodeAddress&) const = default;
};

/// Where a node can be probed: what travels to those that try.
struct ProbeOffer {
    std::string host;
    std::uint64_t nonce = 0;           ///< by which its answers are known: another node may have the same address
    std::vector<std::uint16_t> ports;  ///< handed out by the kernel, as libraries get theirs
    std::vector<NodeAddress> addresses;
    bool operator==(const ProbeOffer&) const = default;
};
/// As one line, and back.
std::string encode(const ProbeOffer& offer);
std::optional<ProbeOffer> decode_probe_offer(const std::string& line);

/// Addresses of this node that others may reach: no loopback, no link-local ones, 16 at most.
std::vector<NodeAddress> own_addresses();

/// Listens at two ports and answers with a nonce, in a thread of its own, until it is destroyed.
class PortListener {
public:
    /// Throws BackendError.
    PortListener();
    ~PortListener();
    PortListener(const PortListener&) = delete;
    PortListener& operator=(const PortListener&) = delete;

    ProbeOffer offer(const std::string& host) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

enum class Reached : std::uint8_t { yes, refused, no_answer, unreachable, someone_else };

/// What came of trying all ports of one address; the worst of them.
struct ProbeAttempt {
    std::string from;  ///< host
    std::string to;
    std::string interface;  ///< of the address
    std::string ip;
    Reached outcome = Reached::yes;
    bool operator==(const ProbeAttempt&) const = default;
};
std::string encode(const ProbeAttempt& attempt);
std::optional<ProbeAttempt> decode_probe_attempt(const std::string& line);

/// Tries all ports and addresses of all offers at once, for at most `seconds`.
std::vector<ProbeAttempt> try_offers(const std::string& from, std::span<const ProbeOffer> offers, double seconds);

/// Whom node `node` of `nodes` tries: its neighbours in a ring and the one half-way round, so that each node is tried
/// by up to three others. Pure.
std::vector<std::size_t> probe_targets(std::size_t node, std::size_t nodes);

/// Nodes that no other node reaches break a run; interfaces over which no node is reached disturb it. Pure.
std::vector<DoctorFinding> judge_attempts(std::span<const ProbeAttempt> attempts);

}  // namespace plumbline::app
