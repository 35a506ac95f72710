// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/connections.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <utility>

namespace plumbline::control {

namespace {

/// Who is silent longer in the handshake is dropped; a rank would try again.
constexpr double handshake_s = 3;
/// An attempt to connect; the kernel has sent three packets by then.
constexpr double attempt_s = 4;
/// All attempts to connect to a rank of the launch.
constexpr double reach_s = 120;
/// Who refuses so often isn't there any more.
constexpr int most_refusals = 3;

double backoff_s(int tries)
{
    return std::min(0.02 * std::ldexp(1.0, std::min(tries, 10)), 1.0);
}

}  // namespace

Connections::Connections(Owner& owner, const Key& key, Socket listener, std::uint64_t seed)
    : owner_(owner),
      key_(key),
      listener_(std::move(listener)),
      jitter_(static_cast<std::minstd_rand::result_type>(seed))
{
}

void Connections::set_most_passing(int most)
{
    most_passing_ = most;
    for (Connection& each : connections_) {
        if (passing() > most && !each.dialled() && each.stage() == Connection::Stage::shaking) {
            each.close("there is no room for it");
        }
    }
}

// --- how many there are ----------------------------------------------------------------------------------------------

int Connections::open() const
{
    return static_cast<int>(
        std::ranges::count_if(connections_, [](const Connection& each) { return each.socket().open(); }));
}

int Connections::passing() const
{
    return static_cast<int>(std::ranges::count_if(connections_, [](const Connection& each) {
        return !each.dialled() && each.socket().open() &&
               (each.stage() == Connection::Stage::shaking || (each.purpose == Hello::Purpose::lane && !each.keep));
    }));
}

int Connections::kept_lanes() const
{
    return static_cast<int>(std::ranges::count_if(connections_, [](const Connection& each) {
        return each.purpose == Hello::Purpose::lane && each.keep && each.stage() != Connection::Stage::closed;
    }));
}

/// Asks for the end of the lane that was idle longest.
void Connections::release_oldest_lane()
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

bool Connections::grant_lane()
{
    if (kept_lanes() < most_kept_lanes) {
        return true;
    }
    release_oldest_lane();
    return false;
}

Connection& Connections::add(Hello hello)
{
    hello.keep = hello.purpose == Hello::Purpose::lane && grant_lane();
    Connection& made = connections_.emplace_back(key_, hello);
    made.peer = hello.to;
    made.purpose = hello.purpose;
    made.keep = hello.keep;
    return made;
}

void Connections::remove(const Connection& connection)
{
    std::erase_if(connections_, [&](const Connection& each) { return &each == &connection; });
}

void Connections::close_all()
{
    connections_.clear();
    listener_ = Socket();
}

// --- who comes -------------------------------------------------------------------------------------------------------

bool Connections::may_accept() const
{
    return listener_.open() && now_s() >= accept_again_s_;
}

/// Drops the oldest that hasn't said a word, so that silent strangers keep nobody out. False where all have spoken.
bool Connections::make_room()
{
    if (passing() < most_passing_) {
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

void Connections::accept_all()
{
    constexpr int most_a_turn = 256;
    for (int i = 0; i < most_a_turn; ++i) {
        if (!make_room()) {
            accept_again_s_ = now_s() + backoff_s(0);
            return;
        }
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
        ready(made);
        most_open_ = std::max(most_open_, open());
    }
}

// --- the turn --------------------------------------------------------------------------------------------------------

void Connections::ready(Connection& connection)
{
    connection.ready([this](Connection& who) { return owner_.judge(who); },
                     [this](Connection& who, Frame frame) { owner_.deliver(who, std::move(frame)); });
}

void Connections::dial_rested()
{
    const double now = now_s();
    for (Connection& each : connections_) {
        if (each.stage() == Connection::Stage::connecting && now - each.since_s() > attempt_s) {
            each.rest(never_s, "no answer");
        }
        if (each.stage() == Connection::Stage::shaking && !each.dialled() && now - each.since_s() > handshake_s) {
            each.close("silent");
        }
        if (each.stage() != Connection::Stage::resting || each.purpose == Hello::Purpose::join) {
            continue;
        }
        if (each.retry_at_s() >= never_s) {
            note_failed(each);
        }
        if (each.stage() == Connection::Stage::resting && each.retry_at_s() <= now) {
            each.dial(owner_.address_for(each));
        }
    }
    most_open_ = std::max(most_open_, open());
}

/// It is tried again, unless that is in vain.
void Connections::note_failed(Connection& connection)
{
    const std::string why = connection.why();
    const bool gone = connection.tries() >= most_refusals && why == std::strerror(ECONNREFUSED);
    if (!gone && connection.tries() * attempt_s <= reach_s) {
        const double share = 0.5 + 0.5 * static_cast<double>(jitter_() % 1000) / 1000;
        connection.rest(backoff_s(connection.tries()) * share, why);
        return;
    }
    connection.close(why);
    if (!connection.best_effort) {
        owner_.unreachable(connection, gone);
    }
}

double Connections::longest_sleep_s(double seconds) const
{
    const double now = now_s();
    double sleep = seconds;
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

void Connections::turn(double seconds)
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
        // Those that are added meanwhile stand behind.
        std::size_t at = 1;
        for (auto each = connections_.begin(); at < polled_.size(); ++each, ++at) {
            if (polled_[at].revents != 0) {
                ready(*each);
            }
        }
        if (polled_.front().revents != 0) {
            accept_all();
        }
    }
    bury();
}

void Connections::bury()
{
    for (auto each = connections_.begin(); each != connections_.end();) {
        if (each->stage() != Connection::Stage::closed || each->held) {
            ++each;
            continue;
        }
        owner_.closed(*each);
        each = connections_.erase(each);
    }
}

}  // namespace plumbline::control
