// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/network.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace plumbline::control {

namespace {

/// Connections at a time that others made and that aren't known yet, or carry one frame.
constexpr int most_passing = 4;
/// The same on rank 0 while ranks come, when it has no others.
constexpr int most_newcomers = 32;
/// Who is silent longer in the handshake is dropped; a rank would try again.
constexpr double handshake_s = 3;
/// An attempt to connect; the kernel has sent three packets by then.
constexpr double attempt_s = 4;
/// All attempts to connect to a rank of the launch.
constexpr double reach_s = 120;
/// What a rank that ends spends on telling others so.
constexpr double farewell_s = 1;
constexpr double watch_s = 0.1;

double backoff_s(int tries)
{
    return std::min(0.02 * std::ldexp(1.0, std::min(tries, 10)), 1.0);
}

}  // namespace

Network::Network(const NetworkSettings& settings, Socket listener)
    : key_(settings.key),
      self_(settings.self),
      loopback_only_(settings.loopback_only),
      listener_(std::move(listener)),
      tree_{.size = settings.self.size, .degree = world_degree},
      roster_(settings.self.size),
      jitter_(static_cast<std::minstd_rand::result_type>(settings.self.instance))
{
}

std::string Network::own_name() const
{
    return fmt::format("rank {} on {} (pid {})", self_.rank, self_.host, self_.pid);
}

// --- who is connected ------------------------------------------------------------------------------------------------

int Network::connections() const
{
    return static_cast<int>(
        std::ranges::count_if(connections_, [](const Connection& each) { return each.socket().open(); }));
}

int Network::passing() const
{
    return static_cast<int>(std::ranges::count_if(connections_, [](const Connection& each) {
        return !each.dialled() && each.socket().open() &&
               (each.stage() == Connection::Stage::shaking || (each.purpose == Hello::Purpose::lane && !each.keep));
    }));
}

int Network::kept_lanes() const
{
    return static_cast<int>(std::ranges::count_if(connections_, [](const Connection& each) {
        return each.purpose == Hello::Purpose::lane && each.keep && each.stage() != Connection::Stage::closed;
    }));
}

/// Asks for the end of the lane that was idle longest.
void Network::release_oldest_lane()
{
    Connection* oldest = nullptr;
    for (Connection& each : connections_) {
        if (each.purpose == Hello::Purpose::lane && each.keep && each.stage() == Connection::Stage::open &&
            each.idle() && each.takes_frames() && (oldest == nullptr || each.last_used_s < oldest->last_used_s)) {
            oldest = &each;
        }
    }
    if (oldest != nullptr) {
        oldest->begin_close();
    }
}

Connection& Network::dial(int to, Hello::Purpose purpose)
{
    Hello hello = self_;
    hello.purpose = purpose;
    hello.to = to;
    if (purpose == Hello::Purpose::lane) {
        hello.keep = kept_lanes() < most_kept_lanes;
        if (!hello.keep) {
            release_oldest_lane();
        }
    }
    Connection& made = connections_.emplace_back(key_, hello);
    made.peer = to;
    made.purpose = purpose;
    made.keep = hello.keep;
    return made;
}

/// A connection that frames to `to` can take; null where there is none yet.
Connection* Network::route(int to)
{
    Connection* found = nullptr;
    for (Connection& each : connections_) {
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
    return left_.contains(neighbour) || std::ranges::any_of(connections_, [&](const Connection& each) {
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
    Answer answer = judge_known(connection);
    if (answer.verdict == Answer::Verdict::welcome) {
        connection.peer = hello.rank;
        connection.purpose = hello.purpose;
        connection.keep = answer.keep;
        connection.last_used_s = now_s();
        if (hello.keep && !answer.keep && hello.purpose == Hello::Purpose::lane) {
            release_oldest_lane();
        }
    }
    return answer;
}

Answer Network::judge_known(Connection& connection) const
{
    const Hello& hello = connection.handshake().hello();
    Answer answer{.verdict = Answer::Verdict::refused, .keep = false, .launch = self_.launch, .text = ""};
    if (hello.launch != self_.launch || hello.size != self_.size || hello.to != self_.rank || hello.rank < 0 ||
        hello.rank >= self_.size) {
        answer.text = fmt::format("{} is of another launch", own_name());
        return answer;
    }
    if (hello.purpose == Hello::Purpose::edge) {
        const bool there = std::ranges::any_of(connections_, [](const Connection& each) {
            return !each.dialled() && each.purpose == Hello::Purpose::edge && each.stage() == Connection::Stage::open;
        });
        if (tree_.parent(self_.rank) != hello.rank || there) {
            answer.text = fmt::format("{} has another parent in the tree", own_name());
            return answer;
        }
        answer.keep = true;
    } else {
        answer.keep = hello.keep && kept_lanes() < most_kept_lanes;
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
                throw WireError("it sent a message twice");
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

bool Network::may_accept() const
{
    return listener_.open() && now_s() >= accept_again_s_;
}

/// Drops the oldest that hasn't said a word, so that silent strangers keep nobody out. False where all have spoken.
bool Network::make_room()
{
    const bool gathers = registrar_ && encoded_roster_.empty();
    if (passing() < (gathers ? most_newcomers : most_passing)) {
        return true;
    }
    for (Connection& each : connections_) {
        if (!each.dialled() && each.stage() == Connection::Stage::shaking && !each.handshake().said_hello()) {
            each.close("silent");
            return true;
        }
    }
    return false;
}

void Network::accept_all()
{
    constexpr int most_a_turn = 256;
    for (int i = 0; i < most_a_turn; ++i) {
        if (!make_room()) {
            accept_again_s_ = now_s() + backoff_s(0);
            return;
        }
        errno = 0;
        auto came = listener_.accept();
        if (!came) {
            if (errno != EAGAIN) {
                accept_again_s_ = now_s() + backoff_s(2);  // no descriptors, or no memory: later perhaps
            }
            return;
        }
        if (loopback_only_ && !came->second.is_loopback()) {
            continue;
        }
        Connection& made = connections_.emplace_back(key_, std::move(came->first), came->second);
        made.purpose = Hello::Purpose::join;
        // What a rank says comes with its connection: it is never among the silent.
        made.ready([this](Connection& who) { return judge(who); },
                   [this](Connection& who, Frame frame) { deliver(who, std::move(frame)); });
        most_connections_ = std::max(most_connections_, connections());
    }
}

// --- the turn --------------------------------------------------------------------------------------------------------

void Network::dial_rested()
{
    const double now = now_s();
    for (Connection& each : connections_) {
        if (each.stage() == Connection::Stage::connecting && now - each.since_s() > attempt_s) {
            each.rest(1e18, "no answer");
        }
        if (each.stage() == Connection::Stage::shaking && !each.dialled() && now - each.since_s() > handshake_s) {
            each.close("silent");
        }
        if (each.stage() != Connection::Stage::resting || each.purpose == Hello::Purpose::join) {
            continue;
        }
        if (each.tries() > 0 && each.retry_at_s() > 1e17) {
            note_dial_failed(each);
        }
        if (each.stage() == Connection::Stage::resting && each.retry_at_s() <= now) {
            each.dial(roster_.address_of(each.peer, master_));
        }
    }
    most_connections_ = std::max(most_connections_, connections());
}

/// It is tried again, unless that is in vain.
void Network::note_dial_failed(Connection& connection)
{
    const std::string why = connection.why();
    const bool gone = connection.tries() >= 3 && why == std::strerror(ECONNREFUSED);
    const bool unreachable = connection.tries() * attempt_s > reach_s;
    if (!gone && !unreachable) {
        const double share = 0.5 + 0.5 * static_cast<double>(jitter_() % 1000) / 1000;
        connection.rest(backoff_s(connection.tries()) * share, why);
        return;
    }
    connection.close(why);
    if (connection.best_effort) {
        return;
    }
    end({.kind = News::Kind::broken,
         .status = 0,
         .sentence = gone
                         ? fmt::format("{} has left in the middle of the launch ({} found nobody at {})",
                                       name(connection.peer), own_name(), connection.remote().text())
                         : fmt::format("{} can't be reached by {} at {} ({}). See whether a firewall between them lets "
                                       "all ports of net.ipv4.ip_local_port_range pass",
                                       name(connection.peer), own_name(), connection.remote().text(), why)},
        nullptr);
}

double Network::longest_sleep_s(double seconds) const
{
    double sleep = watch_ ? std::min(seconds, watch_s) : seconds;
    const double now = now_s();
    for (const Connection& each : connections_) {
        if (each.stage() == Connection::Stage::resting) {
            sleep = std::min(sleep, each.retry_at_s() - now);
        } else if (each.stage() == Connection::Stage::connecting) {
            sleep = std::min(sleep, each.since_s() + attempt_s - now);
        } else if (each.stage() == Connection::Stage::shaking && !each.dialled()) {
            sleep = std::min(sleep, each.since_s() + handshake_s - now);
        }
    }
    if (listener_.open() && !may_accept()) {
        sleep = std::min(sleep, accept_again_s_ - now);
    }
    return std::max(sleep, 0.0);
}

/// Waits for something to happen, at most `seconds`, and does what there is to do.
void Network::turn(double seconds)
{
    dial_rested();
    polled_.clear();
    polled_.push_back({may_accept() ? listener_.descriptor() : -1, POLLIN, 0});
    for (const Connection& each : connections_) {
        const short events = each.events();
        polled_.push_back({events == 0 ? -1 : each.socket().descriptor(), events, 0});
    }
    constexpr double most_s = 3600;
    const double sleep_s = std::min(longest_sleep_s(seconds), most_s);
    if (::poll(polled_.data(), polled_.size(), static_cast<int>(std::ceil(sleep_s * 1000))) > 0) {
        std::size_t at = 1;
        // Those that are added meanwhile stand behind.
        for (auto each = connections_.begin(); at < polled_.size(); ++each, ++at) {
            if (polled_[at].revents != 0) {
                each->ready([this](Connection& who) { return judge(who); },
                            [this](Connection& who, Frame frame) { deliver(who, std::move(frame)); });
            }
        }
        if (polled_.front().revents != 0) {
            accept_all();
        }
    }
    bury();
}

/// Takes off the list what is closed, and sees whether a rank has gone with it.
void Network::bury()
{
    for (auto each = connections_.begin(); each != connections_.end();) {
        if (each->stage() != Connection::Stage::closed || each->held) {
            ++each;
            continue;
        }
        const bool in_order = each->close_received() || each->purpose == Hello::Purpose::join || each->best_effort ||
                              (each->purpose == Hello::Purpose::lane && !each->keep && each->why().empty());
        if (each->purpose == Hello::Purpose::edge && each->close_received()) {
            left_.insert(each->peer);
        }
        if (!in_order && each->peer >= 0) {
            lost(*each);
        }
        each = connections_.erase(each);
    }
}

void Network::lost(const Connection& connection)
{
    const auto state = connection.handshake().state();
    const bool never_open = connection.dialled() && state != Handshake::State::done;
    if (!connection.dialled() && connection.purpose == Hello::Purpose::lane && !connection.keep) {
        return;  // half a frame: the sender is gone, which the tree tells
    }
    const std::string why = connection.why().empty() ? "" : fmt::format(" ({})", connection.why());
    end({.kind = News::Kind::broken,
         .status = 0,
         .sentence = never_open ? fmt::format("{} doesn't let {} in{}", name(connection.peer), own_name(), why)
                                : fmt::format("{} has left in the middle of the launch{}", name(connection.peer), why)},
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
    for (Connection& each : connections_) {
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
    for (const double until = now_s() + farewell_s; now_s() < until && std::ranges::any_of(connections_, waits);) {
        turn(until - now_s());
    }
    // Frames refer to memory of the call that ends here.
    std::erase_if(connections_, [](const Connection& each) { return !each.idle(); });
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
        for (Connection& each : connections_) {
            if (each.purpose != Hello::Purpose::edge || each.dialled()) {
                each.begin_close();
            }
        }
        while (!over_ && std::ranges::any_of(connections_, below)) {
            turn(1e9);
        }
        for (Connection& each : connections_) {
            if (!over_ && parent && each.peer == *parent) {
                each.begin_close();
            }
        }
        spread();
    } catch (...) {
        // Who is left sees the connections end.
        over_ = over_ ? over_ : News{};
    }
    connections_.clear();
    listener_ = Socket();
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
        return std::ranges::all_of(connections_, [](const Connection& each) { return each.peer < 0 || each.idle(); });
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
    const auto remove = [&] { std::erase_if(connections_, [&](const Connection& each) { return &each == &made; }); };
    const auto decided = [&] {
        return made.stage() != Connection::Stage::connecting && made.stage() != Connection::Stage::shaking;
    };
    Introduction result;
    try {
        const bool in_time = wait_until(decided, now_s() + attempt_s);
        result.why_not = in_time ? made.why() : "no answer";
        const auto state = made.handshake().state();
        if (state == Handshake::State::done || state == Handshake::State::refused) {
            result.answer = made.handshake().answered();
        }
    } catch (...) {
        remove();
        throw;
    }
    remove();
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
    for (Connection& each : connections_) {
        if (!each.dialled() && each.stage() == Connection::Stage::shaking) {
            each.close("late");  // from now on there is room for few of them; a rank would try again
        }
    }
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
        return std::ranges::count_if(connections_, [](const Connection& each) { return each.best_effort; });
    };
    watch_ = nullptr;
    std::size_t next = 0;
    while (now_s() < until && (next < ranks.size() || pending() > 0)) {
        for (; next < ranks.size() && pending() < most_passing; ++next) {
            Connection& made = dial(ranks[next], Hello::Purpose::lane);
            made.best_effort = true;
            made.keep = false;
            made.post(Frame::Kind::news, 0, 0, bytes);
        }
        turn(std::min(until - now_s(), watch_s));
    }
}

}  // namespace plumbline::control
