// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watch_node.hpp"

#include "collectives/control/interfaces.hpp"
#include "harness/util/timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

namespace plumbline {

namespace {

using control::Address;
using control::Socket;

constexpr double attempt_s = 1;
constexpr double first_pause_s = 0.02;
constexpr std::size_t most_strangers = 64;
constexpr char loopback_mark = '=';

std::uint32_t milliseconds(double seconds)
{
    constexpr double most = 4e9;
    return static_cast<std::uint32_t>(std::clamp(seconds * 1e3, 0.0, most));
}

std::vector<Address> addresses_in(const std::string& place, bool beside)
{
    std::istringstream in(place);
    std::uint16_t port = 0;
    in >> port;
    std::vector<Address> far;
    std::vector<Address> loopback;
    for (std::string text; in >> text;) {
        const bool loops = text.front() == loopback_mark;
        std::string why_not;
        const auto found = control::resolve(loops ? text.substr(1) : text, port, why_not);
        auto& into = loops ? loopback : far;
        into.insert(into.end(), found.begin(), found.end());
    }
    if (beside || far.empty()) {
        far.insert(far.begin(), loopback.begin(), loopback.end());
    }
    return far;
}

/// Connections that were begun to all addresses of one rank; the first that is welcomed is taken.
class Attempt {
public:
    Attempt(std::span<const Address> addresses, const WatchFrame& hello, std::uint64_t token) : hello_(hello)
    {
        for (const Address& address : addresses) {
            Socket socket = Socket::connect(address);
            if (socket.open()) {
                tries_.push_back({std::make_unique<WatchdogConnection>(std::move(socket), token), false});
            }
        }
    }

    std::unique_ptr<WatchdogConnection> wait(double until_s)
    {
        while (!tries_.empty() && steady_now_s() < until_s) {
            std::vector<pollfd> waiting;
            for (const Try& each : tries_) {
                waiting.push_back(
                    {each.connection->descriptor(), static_cast<short>(each.greeted ? POLLIN : POLLOUT), 0});
            }
            ::poll(waiting.data(), waiting.size(), static_cast<int>((until_s - steady_now_s()) * 1e3) + 1);
            for (std::size_t i = 0; i < tries_.size(); ++i) {
                if (waiting[i].revents != 0 && advance(tries_[i])) {
                    return std::move(tries_[i].connection);
                }
            }
            std::erase_if(tries_, [](const Try& each) { return each.connection == nullptr; });
        }
        return nullptr;
    }

private:
    struct Try {
        std::unique_ptr<WatchdogConnection> connection;
        bool greeted = false;
    };

    /// Whether it is welcomed; without a connection where it can't be.
    bool advance(Try& one)
    {
        if (!one.greeted) {
            if (one.connection->socket().pending_error() != 0) {
                one.connection.reset();
                return false;
            }
            one.connection->send(hello_);
            one.greeted = true;
            return false;
        }
        const auto answer = one.connection->receive();
        if (answer && answer->kind == WatchFrame::Kind::welcome) {
            return true;
        }
        if (answer || one.connection->broken()) {
            one.connection.reset();
        }
        return false;
    }

    WatchFrame hello_;
    std::vector<Try> tries_;
};

}  // namespace

WatchNode::WatchNode(int rank, const WatchTree& tree, std::uint64_t token) : rank_(rank), tree_(tree), token_(token)
{
    const double now_s = steady_now_s();
    above_heard_s_ = judge_heard_s_ = now_s;
    std::vector<int> ranks{rank};
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        known_.push_back({.rank = ranks[i], .word = 0, .heard_s = now_s, .changed_s = now_s});
        const auto behind = static_cast<std::size_t>(ranks[i] - rank);
        index_.resize(std::max(index_.size(), behind + 1));  // 0 where a rank isn't below: that is itself
        index_[behind] = static_cast<std::uint32_t>(i);
        const auto& below = tree.children[static_cast<std::size_t>(ranks[i])];
        ranks.insert(ranks.end(), below.begin(), below.end());
    }
    if (known_.size() > 1) {
        listener_ = Socket::listen(0);
    }
}

std::string WatchNode::place() const
{
    const auto own = listener_.open() ? listener_.own_address() : std::nullopt;
    if (!own) {
        return "";
    }
    std::string text = fmt::format("{}", own->port);
    for (const auto& address : control::own_interfaces()) {
        text += fmt::format(" {}{}", address.loopback ? std::string(1, loopback_mark) : "", address.ip);
    }
    return text;
}

bool WatchNode::join(const std::string& place, bool beside, double until_s)
{
    const WatchFrame hello{.kind = WatchFrame::Kind::hello,
                           .from = static_cast<std::uint32_t>(rank_),
                           .to = static_cast<std::uint32_t>(tree_.parent[static_cast<std::size_t>(rank_)])};
    const auto addresses = addresses_in(place, beside);
    double pause_s = first_pause_s;
    while (!addresses.empty()) {
        above_ = Attempt(addresses, hello, token_).wait(std::min(until_s, steady_now_s() + attempt_s));
        if (above_ || steady_now_s() + pause_s >= until_s) {
            break;
        }
        std::this_thread::sleep_for(std::chrono::duration<double>(pause_s));
        pause_s *= 2;
    }
    above_heard_s_ = judge_heard_s_ = steady_now_s();
    return above_ != nullptr;
}

void WatchNode::admit(double until_s)
{
    const std::vector<int>& children = tree_.children[static_cast<std::size_t>(rank_)];
    std::vector<std::unique_ptr<WatchdogConnection>> newcomers;
    const auto expected = [&](const WatchFrame& hello) {
        return hello.kind == WatchFrame::Kind::hello && hello.to == static_cast<std::uint32_t>(rank_) &&
               std::ranges::find(children, static_cast<int>(hello.from)) != children.end();
    };
    const auto settle = [&](std::unique_ptr<WatchdogConnection>& newcomer) {
        const auto hello = newcomer->receive();
        if (!hello) {
            if (newcomer->broken()) {
                newcomer.reset();
            }
            return;
        }
        const int from = static_cast<int>(hello->from);
        const auto known = std::ranges::find(below_, from, &Below::rank);
        // It came by another address too, unless the first connection was given up. What that one says meanwhile is
        // said again.
        if (known != below_.end() && (known->connection->receive() || !known->connection->broken())) {
            newcomer.reset();
            return;
        }
        if (expected(*hello)) {
            newcomer->send({.kind = WatchFrame::Kind::welcome, .from = hello->to, .to = hello->from});
            if (known != below_.end()) {
                known->connection = std::move(newcomer);
            } else {
                below_.push_back({from, std::move(newcomer)});
            }
        }
        newcomer.reset();
    };
    while (listener_.open() && below_.size() < children.size() && steady_now_s() < until_s) {
        std::vector<pollfd> waiting{{listener_.descriptor(), POLLIN, 0}};
        for (const auto& newcomer : newcomers) {
            waiting.push_back({newcomer->descriptor(), POLLIN, 0});
        }
        ::poll(waiting.data(), waiting.size(), static_cast<int>((until_s - steady_now_s()) * 1e3) + 1);
        while (auto accepted = listener_.accept()) {
            newcomers.push_back(std::make_unique<WatchdogConnection>(std::move(accepted->first), token_));
        }
        for (auto& newcomer : newcomers) {
            settle(newcomer);
        }
        std::erase_if(newcomers, [](const auto& newcomer) { return newcomer == nullptr; });
        if (newcomers.size() > most_strangers) {
            newcomers.erase(newcomers.begin(), newcomers.end() - most_strangers);
        }
    }
    listener_ = Socket();
    next_beat_ = below_.size();
}

void WatchNode::take(const WatchEntry& entry, double now_s)
{
    const std::size_t behind = std::size_t{entry.rank} - static_cast<std::size_t>(rank_);  // huge for a lower rank
    if (behind >= index_.size() || index_[behind] == 0) {
        return;
    }
    WatchedRank& known = known_[index_[behind]];
    known.heard_s = now_s - entry.silent_ms * 1e-3;
    if (known.word != entry.word) {
        known.word = entry.word;
        known.changed_s = now_s;
    }
    if (known.fate == WatchEntry::Fate::alive) {
        known.fate = entry.fate;
    }
}

WatchNode::News WatchNode::look(double now_s, const LookBudget& budget)
{
    News news;
    while (above_) {
        const auto frame = above_->receive();
        if (!frame) {
            above_->flush();
            break;
        }
        above_heard_s_ = now_s;
        judge_heard_s_ = now_s - frame->silent_ms * 1e-3;
        news.over = news.over || frame->kind == WatchFrame::Kind::over;
        news.released = news.released || frame->kind == WatchFrame::Kind::goodbye;
    }
    std::size_t entries = 0;
    std::size_t receives = 0;
    const auto within_budget = [&] { return entries < budget.entries && receives < budget.receives; };
    if (unread_ == 0) {
        unread_ = below_.size();
    }
    while (unread_ > 0 && within_budget()) {
        next_read_ = next_read_ < below_.size() ? next_read_ : 0;
        Below& below = below_[next_read_];
        bool emptied = false;
        while (within_budget() && !emptied) {
            ++receives;
            const auto frame = below.connection->receive();
            if (!frame) {
                emptied = true;
                continue;
            }
            entries += frame->entries.size();
            news.over = news.over || frame->kind == WatchFrame::Kind::over;
            for (const WatchEntry& entry : frame->entries) {
                take(entry, now_s);
                news.died = news.died || entry.fate == WatchEntry::Fate::died;
            }
        }
        if (!emptied) {
            break;  // the next look goes on here
        }
        ++next_read_;
        --unread_;
        WatchedRank& known = known_of(below.rank);
        if (below.connection->broken() && known.fate == WatchEntry::Fate::alive) {
            known.fate = WatchEntry::Fate::died;
            news.died = true;
        }
    }
    entries_ += entries;
    return news;
}

WatchCost WatchNode::cost() const
{
    WatchCost cost{.entries = entries_, .transfers = above_ ? above_->transfers() : 0};
    for (const Below& below : below_) {
        cost.transfers += below.connection->transfers();
    }
    return cost;
}

void WatchNode::set_own(std::uint64_t word, double now_s)
{
    WatchedRank& own = known_.front();
    own.heard_s = now_s;
    if (own.word != word) {
        own.word = word;
        own.changed_s = now_s;
    }
}

void WatchNode::tell_up(double now_s, WatchEntry::Fate own)
{
    if (!above_) {
        return;
    }
    bool anyhow = own != WatchEntry::Fate::alive;
    for (std::size_t first = 0; first < known_.size(); first += entries_a_frame) {
        WatchFrame frame{.kind = WatchFrame::Kind::states, .from = static_cast<std::uint32_t>(rank_)};
        const auto some = std::span(known_).subspan(first, std::min(entries_a_frame, known_.size() - first));
        frame.entries.reserve(some.size());
        for (const WatchedRank& known : some) {
            frame.entries.push_back({.rank = static_cast<std::uint32_t>(known.rank),
                                     .silent_ms = milliseconds(now_s - known.heard_s),
                                     .word = known.word,
                                     .fate = known.rank == rank_ ? own : known.fate});
        }
        if (!above_->send(frame, anyhow)) {
            return;  // all of it the next time, rather than always the same ranks
        }
        anyhow = true;
    }
}

void WatchNode::tell_down(WatchFrame::Kind kind)
{
    for (Below& below : below_) {
        below.connection->send({.kind = kind, .from = static_cast<std::uint32_t>(rank_)}, true);
    }
}

void WatchNode::tell_over()
{
    tell_down(WatchFrame::Kind::over);
    if (above_) {
        above_->send({.kind = WatchFrame::Kind::over, .from = static_cast<std::uint32_t>(rank_)}, true);
    }
}

void WatchNode::beat_some(double silent_s)
{
    const std::size_t end = std::min(next_beat_ + beats_at_once, below_.size());
    for (; next_beat_ < end; ++next_beat_) {
        below_[next_beat_].connection->send({.kind = WatchFrame::Kind::beat,
                                             .from = static_cast<std::uint32_t>(rank_),
                                             .to = 0,
                                             .silent_ms = milliseconds(silent_s)});
    }
}

void WatchNode::forgive(double now_s)
{
    for (WatchedRank& known : known_) {
        known.heard_s = known.changed_s = now_s;
    }
    above_heard_s_ = judge_heard_s_ = now_s;
}

void WatchNode::add_descriptors(std::vector<pollfd>& waiting, bool everything) const
{
    const auto events = static_cast<short>(everything ? POLLIN | POLLRDHUP : POLLRDHUP);
    const auto add = [&](const WatchdogConnection& connection) {
        if (!connection.broken()) {
            waiting.push_back({connection.descriptor(), events, 0});
        }
    };
    if (above_) {
        add(*above_);
    }
    for (const Below& below : below_) {
        add(*below.connection);
    }
}

}  // namespace plumbline
