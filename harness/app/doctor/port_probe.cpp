// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/port_probe.hpp"

#include "collectives/control/interfaces.hpp"
#include "collectives/util/error.hpp"
#include "harness/util/timing.hpp"
#include "results/util/host_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>
#include <tuple>
#include <utility>

namespace plumbline::app {

namespace {

using control::Socket;

constexpr std::size_t ports_of_node = 2;

struct OutcomeWord {
    Reached outcome;
    const char* word;  ///< for people, and on the way to rank 0
};
constexpr std::array outcome_words{OutcomeWord{Reached::yes, "reached"}, OutcomeWord{Reached::refused, "refused"},
                                   OutcomeWord{Reached::no_answer, "no answer"},
                                   OutcomeWord{Reached::unreachable, "no route"},
                                   OutcomeWord{Reached::someone_else, "another node answers"}};

const char* word_of(Reached outcome)
{
    return std::ranges::find(outcome_words, outcome, &OutcomeWord::outcome)->word;
}

std::vector<std::string> split(const std::string& text, char at)
{
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, at);) {
        parts.push_back(part);
    }
    return parts;
}

Reached outcome_of(int error)
{
    return error == ECONNREFUSED                                                     ? Reached::refused
           : error == ENETUNREACH || error == EHOSTUNREACH || error == EADDRNOTAVAIL ? Reached::unreachable
                                                                                     : Reached::no_answer;
}

/// One connection that is being tried.
struct Try {
    std::size_t attempt = 0;
    std::uint64_t nonce = 0;
    Socket socket;
    std::optional<Reached> outcome = std::nullopt;
    std::array<std::byte, sizeof(std::uint64_t)> answer{};
    std::size_t have = 0;
    bool connected = false;

    void look()
    {
        if (!connected) {
            if (const int error = socket.pending_error(); error != 0) {
                outcome = outcome_of(error);
                return;
            }
            connected = true;
        }
        const auto got = socket.receive(std::span(answer).subspan(have));
        have += got.bytes;
        if (have == answer.size()) {
            std::uint64_t heard = 0;
            std::memcpy(&heard, answer.data(), sizeof heard);
            outcome = heard == nonce ? Reached::yes : Reached::someone_else;
        } else if (got.outcome == Socket::Outcome::ended) {
            outcome = Reached::someone_else;
        } else if (got.outcome == Socket::Outcome::failed) {
            outcome = outcome_of(got.error);
        }
    }
};

void wait_for(std::vector<Try>& tries, double until_s)
{
    for (;;) {
        std::vector<pollfd> waiting;
        std::vector<Try*> whose;
        for (Try& each : tries) {
            if (!each.outcome) {
                waiting.push_back(
                    {each.socket.descriptor(), static_cast<short>(each.connected ? POLLIN : POLLIN | POLLOUT), 0});
                whose.push_back(&each);
            }
        }
        const double left_s = until_s - steady_now_s();
        if (waiting.empty() || left_s <= 0) {
            return;
        }
        ::poll(waiting.data(), waiting.size(), static_cast<int>(left_s * 1000) + 1);
        for (std::size_t i = 0; i < waiting.size(); ++i) {
            if (waiting[i].revents != 0) {
                whose[i]->look();
            }
        }
    }
}

}  // namespace

std::string encode(const ProbeOffer& offer)
{
    std::string text = fmt::format("{}\t{}\t{}", offer.host, offer.nonce, fmt::join(offer.ports, ","));
    for (const NodeAddress& address : offer.addresses) {
        text += fmt::format("\t{}={}", address.interface, address.ip);
    }
    return text;
}

std::optional<ProbeOffer> decode_probe_offer(const std::string& line)
{
    const auto fields = split(line, '\t');
    if (fields.size() < 3) {
        return std::nullopt;
    }
    ProbeOffer offer{.host = fields[0], .ports = {}, .addresses = {}};
    std::istringstream(fields[1]) >> offer.nonce;
    for (const std::string& port : split(fields[2], ',')) {
        std::istringstream(port) >> offer.ports.emplace_back();
    }
    for (std::size_t i = 3; i < fields.size(); ++i) {
        const std::size_t equals = fields[i].find('=');
        if (equals == std::string::npos) {
            return std::nullopt;
        }
        offer.addresses.push_back({fields[i].substr(0, equals), fields[i].substr(equals + 1)});
    }
    return offer;
}

std::vector<NodeAddress> own_addresses()
{
    std::vector<NodeAddress> addresses;
    for (control::InterfaceAddress& each : control::own_interfaces()) {
        if (!each.loopback) {
            addresses.push_back({std::move(each.interface), std::move(each.ip)});
        }
    }
    return addresses;
}

struct PortListener::Impl {
    Impl()
    {
        for (std::size_t i = 0; i < ports_of_node; ++i) {
            Socket listener = Socket::listen(0);
            const auto own = listener.open() ? listener.own_address() : std::nullopt;
            if (!own) {
                throw BackendError("listen", errno, std::strerror(errno));
            }
            ports.push_back(own->port);
            listeners.push_back(std::move(listener));
        }
        std::random_device device;
        nonce = (std::uint64_t{device()} << 32U) | device();
        waker = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (waker < 0) {
            throw BackendError("eventfd", errno, std::strerror(errno));
        }
        // Signals are delivered to the rank's own thread.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        thread = std::thread([this] { answer(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    ~Impl()
    {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(waker, &one, sizeof one);
        thread.join();
        ::close(waker);
    }

    void answer() const
    {
        std::vector<pollfd> waiting{{waker, POLLIN, 0}};
        for (const Socket& listener : listeners) {
            waiting.push_back({listener.descriptor(), POLLIN, 0});
        }
        for (;;) {
            ::poll(waiting.data(), waiting.size(), -1);
            if (waiting[0].revents != 0) {
                return;
            }
            for (const Socket& listener : listeners) {
                while (const auto caller = listener.accept()) {
                    caller->first.send(std::as_bytes(std::span(&nonce, 1)));
                }
            }
        }
    }

    std::vector<Socket> listeners;
    std::vector<std::uint16_t> ports;
    std::uint64_t nonce = 0;
    int waker = -1;
    std::thread thread;
};

PortListener::PortListener() : impl_(std::make_unique<Impl>()) {}

PortListener::~PortListener() = default;

ProbeOffer PortListener::offer(const std::string& host) const
{
    return {.host = host, .nonce = impl_->nonce, .ports = impl_->ports, .addresses = own_addresses()};
}

std::string encode(const ProbeAttempt& attempt)
{
    return fmt::format("{}\t{}\t{}\t{}\t{}", attempt.from, attempt.to, attempt.interface, attempt.ip,
                       word_of(attempt.outcome));
}

std::optional<ProbeAttempt> decode_probe_attempt(const std::string& line)
{
    const auto fields = split(line, '\t');
    if (fields.size() != 5) {
        return std::nullopt;
    }
    const auto word = std::ranges::find(outcome_words, fields[4], &OutcomeWord::word);
    if (word == outcome_words.end()) {
        return std::nullopt;
    }
    return ProbeAttempt{
        .from = fields[0], .to = fields[1], .interface = fields[2], .ip = fields[3], .outcome = word->outcome};
}

std::vector<ProbeAttempt> try_offers(const std::string& from, std::span<const ProbeOffer> offers, double seconds)
{
    std::vector<ProbeAttempt> attempts;
    std::vector<Try> tries;
    for (const ProbeOffer& offer : offers) {
        for (const NodeAddress& address : offer.addresses) {
            for (const std::uint16_t port : offer.ports) {
                std::string why_not;
                const auto resolved = control::resolve(address.ip, port, why_not);
                Try one{.attempt = attempts.size(), .nonce = offer.nonce, .socket = {}};
                if (!resolved.empty()) {
                    one.socket = Socket::connect(resolved.front());
                }
                if (!one.socket.open()) {
                    one.outcome = resolved.empty() ? Reached::unreachable : outcome_of(errno);
                }
                tries.push_back(std::move(one));
            }
            attempts.push_back({.from = from, .to = offer.host, .interface = address.interface, .ip = address.ip});
        }
    }
    wait_for(tries, steady_now_s() + seconds);
    for (const Try& each : tries) {
        Reached& outcome = attempts[each.attempt].outcome;
        outcome = std::max(outcome, each.outcome.value_or(Reached::no_answer));
    }
    return attempts;
}

std::vector<std::size_t> probe_targets(std::size_t node, std::size_t nodes)
{
    std::vector<std::size_t> targets;
    if (nodes < 2) {
        return targets;
    }
    for (const std::size_t target : {(node + 1) % nodes, (node + nodes - 1) % nodes, (node + nodes / 2) % nodes}) {
        if (target != node && std::ranges::find(targets, target) == targets.end()) {
            targets.push_back(target);
        }
    }
    return targets;
}

namespace {

/// Of one node: by whom it was reached over any address, and what came of each interface.
struct NodeAttempts {
    std::map<std::string, bool> reached_from;
    std::map<std::string, Reached> best_of_interface;
};

std::string outcomes_text(const std::map<std::string, Reached>& of_interface)
{
    std::vector<std::string> parts;
    for (const auto& [interface, outcome] : of_interface) {
        parts.push_back(fmt::format("{}: {}", interface, word_of(outcome)));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
}

constexpr const char* open_ports =
    "Open all TCP ports between the nodes (nft, iptables, security groups, network policies): control plane, MPI, "
    "Gloo and NCCL take ports that the kernel hands out";

}  // namespace

std::vector<DoctorFinding> judge_attempts(std::span<const ProbeAttempt> attempts)
{
    std::map<std::string, NodeAttempts> nodes;
    for (const ProbeAttempt& each : attempts) {
        NodeAttempts& node = nodes[each.to];
        const bool reached = each.outcome == Reached::yes;
        node.reached_from[each.from] = node.reached_from[each.from] || reached;
        const auto [at, is_new] = node.best_of_interface.try_emplace(each.interface, each.outcome);
        at->second = is_new ? each.outcome : std::min(at->second, each.outcome);
    }
    std::vector<DoctorFinding> findings;
    for (const auto& [host, node] : nodes) {
        std::vector<std::string> by;
        std::vector<std::string> not_by;
        for (const auto& [from, reached] : node.reached_from) {
            (reached ? by : not_by).push_back(from);
        }
        if (by.empty()) {
            findings.push_back({.severity = Severity::breaks,
                                .about = "network",
                                .hosts = {host},
                                .problem = fmt::format("no other node reaches it at any port that was tried ({})",
                                                       outcomes_text(node.best_of_interface)),
                                .advice = open_ports});
            continue;
        }
        if (!not_by.empty()) {
            findings.push_back({.severity = Severity::breaks,
                                .about = "network",
                                .hosts = {host},
                                .problem = fmt::format("{} can't reach it at any port that was tried, and {} can",
                                                       fold_host_names(not_by), fold_host_names(by)),
                                .advice = open_ports});
        }
        for (const auto& [interface, outcome] : node.best_of_interface) {
            if (outcome != Reached::yes) {
                findings.push_back(
                    {.severity = Severity::disturbs,
                     .about = "interface " + interface,
                     .hosts = {host},
                     .problem = fmt::format("over {} no other node reaches it ({}), and a library may choose it",
                                            interface, word_of(outcome)),
                     .advice = fmt::format("Leave it out: NCCL_SOCKET_IFNAME=^{0}, OMPI_MCA_btl_tcp_if_exclude=lo,{0}, "
                                           "and for Gloo name another in backend_options.interface",
                                           interface)});
            }
        }
    }
    return findings;
}

}  // namespace plumbline::app
