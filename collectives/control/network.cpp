// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/network.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace plumbline::control {

namespace {

/// Newcomers at a time on rank 0, while it has no other connections.
constexpr int most_newcomers = 32;
/// How long rank 0 may take to answer a newcomer among `size` that come at once. Not long: where its queue is full,
/// asking again is faster than the kernel's own repetition.
double introduction_s(int size)
{
    return std::max(1.5, 0.0005 * size);
}

/// What a rank that ends spends on telling others so.
constexpr double farewell_s = 1;
constexpr double watch_s = 0.1;

}  // namespace

Network::Network(const NetworkSettings& settings, Socket listener)
    : self_(settings.self),
      tree_{.size = settings.self.size, .degree = world_degree},
      roster_(settings.self.size),
      connections_(*this, settings.key, std::move(listener), settings.self.instance)
{
    connections_.set_loopback_only(settings.loopback_only);
}

void Network::set_registrar(Registrar registrar)
{
    registrar_ = std::move(registrar);
    connections_.set_most_passing(most_newcomers);
}

std::string Network::own_name() const
{
    return fmt::format("rank {} on {} (pid {})", self_.rank, self_.host, self_.pid);
}

// --- who is connected ------------------------------------------------------------------------------------------------

Connection& Network::dial(int to, Hello::Purpose purpose)
{
    Hello hello = self_;
    hello.purpose = purpose;
    hello.to = to;
    return connections_.add(hello);
}

Address Network::address_for(const Connection& connection) const
{
    // Rank 0 saw where each came from with its own eyes.
    return self_.rank == 0 ? roster_.at(connection.peer).address : roster_.address_of(connection.peer, master_);
}

void Network::turn(double seconds)
{
    connections_.turn(watch_ ? std::min(seconds, watch_s) : seconds);
}

/// A connection that frames to `to` can take; null where there is none yet.
Connection* Network::route(int to)
{
    Connection* found = nullptr;
    for (Connection& each : connections_.all()) {
        const bool usable = each.peer == to && each.takes_frames() && !each.best_effort &&
                            (each.purpose == Hello::Purpose::edge ||
                             (each.purpose == Hello::Purpose::lane && (each.keep || each.dialled())));
        if (usable && (found == nullptr || each.purpose == Hello::Purpose::edge)) {
            found = &each;
        }
    }
    return found;
}

/// Of a neighbour in the launch's tree: whether it has said that it sends nothing more.
bool Network::has_left(int neighbour) const
{
    return left_.contains(neighbour) || std::ranges::any_of(connections_.all(), [&](const Connection& each) {
               return each.peer == neighbour && each.purpose == Hello::Purpose::edge && each.close_received();
           });
}

// --- what comes ------------------------------------------------------------------------------------------------------

/// Of a connection that this rank accepts: who may come in.
Answer Network::judge(Connection& connection)
{
    const Handshake& handshake = connection.handshake();
    const Hello& hello = handshake.hello();
    const bool proven = handshake.state() == Handshake::State::proven;
    if (handshake.state() == Handshake::State::other_protocol || !proven || hello.purpose == Hello::Purpose::join) {
        connection.purpose = Hello::Purpose::join;
        Answer answer{.verdict = Answer::Verdict::token_differs, .keep = false, .launch = 0, .text = ""};
        if (registrar_) {
            answer = registrar_(connection, proven);
        } else if (proven) {
            answer.verdict = Answer::Verdict::refused;
            answer.text = fmt::format("{} doesn't take newcomers. Give the address and port of rank 0", own_name());
        }
        return answer;
    }
    const Answer answer = judge_known(hello);
    if (answer.verdict == Answer::Verdict::welcome) {
        connection.peer = hello.rank;
        connection.purpose = hello.purpose;
        connection.keep = answer.keep;
        connection.last_used_s = now_s();
    }
    return answer;
}

Answer Network::judge_known(const Hello& hello)
{
    if (self_.launch == 0) {
        self_.launch = hello.launch;  // a parent that overtakes rank 0's answer; it has the token
    }
    Answer answer{.verdict = Answer::Verdict::refused, .keep = false, .launch = self_.launch, .text = ""};
    if (hello.launch != self_.launch || hello.size != self_.size || hello.to != self_.rank || hello.rank < 0 ||
        hello.rank >= self_.size) {
        answer.text = fmt::format("{} is of another launch", own_name());
        return answer;
    }
    if (hello.purpose == Hello::Purpose::edge) {
        const bool there = std::ranges::any_of(connections_.all(), [](const Connection& each) {
            return !each.dialled() && each.purpose == Hello::Purpose::edge && each.stage() == Connection::Stage::open;
        });
        if (tree_.parent(self_.rank) != hello.rank || there) {
            answer.text = fmt::format("{} has another parent in the tree", own_name());
            return answer;
        }
        answer.keep = true;
    } else {
        answer.keep = hello.keep && connections_.grant_lane();
    }
    answer.verdict = Answer::Verdict::welcome;
    return answer;
}

void Network::deliver(Connection& connection, Frame frame)
{
    connection.last_used_s = now_s();
    switch (frame.kind) {
        case Frame::Kind::data:
            if (!mail_.emplace(MailKey{connection.peer, frame.group, frame.number}, std::move(frame.payload)).second) {
                throw WireError(say("it sent a message twice"));
            }
            return;
        case Frame::Kind::roster:
            if (connection.purpose == Hello::Purpose::edge && encoded_roster_.empty()) {
                roster_ = decode_roster(frame.payload, self_.size);
                encoded_roster_ = std::move(frame.payload);
            }
            return;
        case Frame::Kind::news:
            end(decode_news(frame.payload), &connection);
            return;
        case Frame::Kind::close:
            return;  // the connection's own matter
    }
}

void Network::unreachable(const Connection& connection, bool gone)
{
    const std::string at = connection.remote().text();
    const std::string peer = name(connection.peer);
    end({.kind = News::Kind::broken,
         .status = 0,
         .sentence =
             gone ? fmt::format("{} has left in the middle of the launch ({} found nobody at {})", peer, own_name(), at)
                  : fmt::format(
                        "{} can't be reached by {} at {} ({}). See whether a firewall between them lets all ports "
                        "of net.ipv4.ip_local_port_range pass",
                        peer, own_name(), at, connection.why())},
        nullptr);
}

/// Sees whether a rank has gone with its connection.
void Network::closed(const Connection& connection)
{
    const bool lane = connection.purpose == Hello::Purpose::lane;
    if (connection.purpose == Hello::Purpose::edge && connection.close_received()) {
        left_.insert(connection.peer);
    }
    // Half a frame of an accepted lane for one frame: its sender is gone, which the tree tells.
    const bool in_order = connection.close_received() || connection.purpose == Hello::Purpose::join ||
                          connection.best_effort ||
                          (lane && !connection.keep && (connection.why().empty() || !connection.dialled()));
    if (in_order) {
        return;
    }
    const bool let_in = !connection.dialled() || connection.handshake().state() == Handshake::State::done;
    const std::string why = connection.why().empty() ? "" : fmt::format(" ({})", connection.why());
    end({.kind = News::Kind::broken,
         .status = 0,
         .sentence = let_in ? fmt::format("{} has left in the middle of the launch{}", name(connection.peer), why)
                            : fmt::format("{} doesn't let {} in{}", name(connection.peer), own_name(), why)},
        &connection);
}

// --- the end ---------------------------------------------------------------------------------------------------------

void Network::end(const News& news, const Connection* heard_from)
{
    if (over_) {
        return;
    }
    over_ = news;
    const auto bytes = encode(news);
    for (Connection& each : connections_.all()) {
        if (&each != heard_from && each.purpose == Hello::Purpose::edge && each.takes_news()) {
            each.post(Frame::Kind::news, 0, 0, bytes);
        }
    }
}

/// Gives the news time to get away, once. Then nothing is sent any more.
void Network::spread()
{
    if (std::exchange(spread_, true)) {
        return;
    }
    const auto waits = [](const Connection& each) {
        return each.purpose == Hello::Purpose::edge && each.stage() == Connection::Stage::open && !each.idle();
    };
    for (const double until = now_s() + farewell_s;
         now_s() < until && std::ranges::any_of(connections_.all(), waits);) {
        turn(until - now_s());
    }
    // Frames refer to memory of the call that ends here.
    std::erase_if(connections_.all(), [](const Connection& each) { return !each.idle(); });
}

void Network::throw_if_over()
{
    if (!over_) {
        return;
    }
    spread();
    switch (over_->kind) {
        case News::Kind::abort:
            std::_Exit(over_->status);
        case News::Kind::refused:
            throw ConfigError(over_->sentence);
        case News::Kind::broken:
            break;
    }
    throw LaunchBroken(over_->sentence);
}

void Network::abort(int status)
{
    over_.reset();
    spread_ = false;
    end({.kind = News::Kind::abort, .status = status, .sentence = ""}, nullptr);
    spread();
    std::_Exit(status);
}

void Network::leave() noexcept
{
    try {
        watch_ = nullptr;
        const auto parent = tree_.parent(self_.rank);
        const auto below = [&](const Connection& each) {
            return each.purpose == Hello::Purpose::edge && each.dialled() && each.stage() == Connection::Stage::open;
        };
        for (Connection& each : connections_.all()) {
            if (each.purpose != Hello::Purpose::edge || each.dialled()) {
                each.begin_close();
            }
        }
        while (!over_ && std::ranges::any_of(connections_.all(), below)) {
            turn(never_s);
        }
        if (over_ && over_->kind == News::Kind::abort) {
            throw_if_over();
        }
        for (Connection& each : connections_.all()) {
            if (!over_ && parent && each.peer == *parent) {
                each.begin_close();
            }
        }
        spread();
    } catch (...) {
        // Who is left sees the connections end.
        over_ = over_ ? over_ : News{};
    }
    connections_.close_all();
}

// --- waiting ---------------------------------------------------------------------------------------------------------

/// False where `until_s` came first.
template <class Done>
bool Network::wait_until(Done done, double until_s)
{
    for (;;) {
        throw_if_over();
        if (done()) {
            return true;
        }
        const double rest_s = until_s - now_s();
        if (rest_s <= 0) {
            return false;
        }
        if (watch_) {
            watch_();
        }
        turn(rest_s);
    }
}

void Network::serve(double seconds)
{
    turn(seconds);
    throw_if_over();
}

void Network::look()
{
    turn(0);
    throw_if_over();
}

void Network::post(int to, std::uint64_t group, std::uint64_t number, std::span<const std::byte> payload)
{
    if (to == self_.rank) {
        mail_[{to, group, number}].assign(payload.begin(), payload.end());
        return;
    }
    throw_if_over();
    Connection* way = route(to);
    if (way == nullptr) {
        if (has_left(to)) {
            throw LaunchBroken(fmt::format("{} has left the launch while {} still speaks to it", name(to), own_name()));
        }
        way = &dial(to, Hello::Purpose::lane);
    }
    way->post(Frame::Kind::data, group, number, payload);
}

void Network::flush()
{
    wait_until([&] {
        return std::ranges::all_of(connections_.all(),
                                   [](const Connection& each) { return each.peer < 0 || each.idle(); });
    });
}

std::vector<std::byte> Network::take(const MailKey& key)
{
    auto found = mail_.end();
    wait_until([&] {
        found = mail_.find(key);
        if (found == mail_.end() && has_left(key.source)) {
            throw LaunchBroken(
                fmt::format("{} has left the launch while {} still waits for it", name(key.source), own_name()));
        }
        return found != mail_.end();
    });
    std::vector<std::byte> bytes = std::move(found->second);
    mail_.erase(found);
    return bytes;
}

// --- coming together -------------------------------------------------------------------------------------------------

Network::Introduction Network::introduce(const Address& to)
{
    Connection& made = dial(0, Hello::Purpose::join);
    made.held = true;
    made.dial(to);
    const auto decided = [&] {
        return made.stage() != Connection::Stage::connecting && made.stage() != Connection::Stage::shaking;
    };
    Introduction result;
    try {
        const bool in_time = wait_until(decided, now_s() + introduction_s(self_.size));
        result.why_not = in_time ? made.why() : "no answer";
        const auto state = made.handshake().state();
        if (state == Handshake::State::done || state == Handshake::State::refused) {
            result.answer = made.handshake().answered();
        }
    } catch (...) {
        connections_.remove(made);
        throw;
    }
    connections_.remove(made);
    return result;
}

bool Network::wait_for_roster(double seconds)
{
    return wait_until([&] { return !encoded_roster_.empty(); }, now_s() + seconds);
}

void Network::adopt_children()
{
    if (encoded_roster_.empty()) {
        encoded_roster_ = encode(roster_);
    }
    connections_.set_most_passing(Connections::most_passing);
    for (const int child : tree_.children(self_.rank)) {
        dial(child, Hello::Purpose::edge).post(Frame::Kind::roster, 0, 0, encoded_roster_);
    }
    flush();
}

void Network::tell(std::span<const int> ranks, const News& news, double seconds)
{
    const auto bytes = encode(news);
    const double until = now_s() + seconds;
    const auto pending = [&] {
        return std::ranges::count_if(connections_.all(), [](const Connection& each) { return each.best_effort; });
    };
    std::size_t next = 0;
    while (now_s() < until && (next < ranks.size() || pending() > 0)) {
        for (; next < ranks.size() && pending() < Connections::most_passing; ++next) {
            Connection& made = dial(ranks[next], Hello::Purpose::lane);
            made.best_effort = true;
            made.keep = false;
            made.post(Frame::Kind::news, 0, 0, bytes);
        }
        turn(std::min(until - now_s(), watch_s));
    }
}

}  // namespace plumbline::control
