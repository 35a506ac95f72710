// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/sim/fibers.hpp"
#include "collectives/backends/sim/move_data.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/backends/sim/virtual_time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plumbline::sim {

/// What ends the waiting of the ranks of one group.
class Rendezvous {
public:
    /// Throws once the gate is cancelled.
    void enter() const { require(!cancelled_); }

    /// Throws when the gate is cancelled before `condition` holds.
    template <class Condition>
    void wait(WaitingFibers& signal, Condition condition) const
    {
        signal.wait([&] { return cancelled_ || condition(); });
        require(condition());
    }

    /// The caller then wakes all who wait. They throw the first `cause` that is not null, or
    /// std::runtime_error.
    void cancel(const std::exception_ptr& cause)
    {
        cancelled_ = true;
        cause_ = cause_ ? cause_ : cause;
    }

    /// Runs `work`, whose exception is then what ended the group.
    template <class Work>
    void guard(Work work)
    {
        try {
            work();
        } catch (...) {
            cancel(std::current_exception());
            throw;
        }
    }

private:
    void require(bool going) const
    {
        if (going) {
            return;
        }
        if (cause_) {
            std::rethrow_exception(cause_);
        }
        throw std::runtime_error("the simulated cluster stopped (another rank failed)");
    }

    bool cancelled_ = false;
    std::exception_ptr cause_;
};

/// Entries numbered in the order of their use, each created by whoever asks first. Storage of released entries is used
/// again, so that a repeated exchange allocates only at first.
template <class Entry>
class Numbered {
public:
    Entry& operator[](std::uint64_t number)
    {
        for (const auto& entry : live_) {
            if (entry->number == number) {
                return *entry;
            }
        }
        if (idle_.empty()) {
            idle_.push_back(std::make_unique<Entry>());
        }
        live_.push_back(std::move(idle_.back()));
        idle_.pop_back();
        live_.back()->reset(number);
        return *live_.back();
    }

    void release(const Entry& entry)
    {
        const auto found = std::ranges::find(live_, &entry, [](const auto& owner) { return owner.get(); });
        idle_.push_back(std::move(*found));
        live_.erase(found);
    }

private:
    std::vector<std::unique_ptr<Entry>> live_;
    std::vector<std::unique_ptr<Entry>> idle_;
};

/// Messages from one rank to another under one tag, matched in order.
///
/// Eager: a message leaves when it is posted and the sender's link is free; the link carries one message at a time.
/// Rendezvous: it leaves when both sides have posted it and its predecessor in this channel has left; messages of other
/// channels don't delay it, because which of them is first must not depend on how the fibers are scheduled.
class Channel {
public:
    /// `delay_s` comes on top of the latency.
    Channel(Rendezvous& gate, const Cluster& cluster, double slowness, double delay_s, std::uint64_t stream)
        : gate_(gate), cluster_(cluster), slowness_(slowness), delay_s_(delay_s), stream_(stream)
    {
    }

    std::uint64_t post_send(std::span<const std::byte> data, double bytes_per_s, RankState& sender)
    {
        gate_.enter();
        const std::uint64_t number = sent_++;
        Message& message = messages_[number];
        message.source = data;
        message.bytes_per_s = bytes_per_s;
        message.sent_s = sender.time_s;
        if (cluster_.rendezvous) {
            match(message);
        } else {
            message.kept.assign(data.begin(), is_virtual(data) ? data.begin() : data.end());
            transfer(message, *message.sent_s, sender.link_free_s);
        }
        return number;
    }

    /// The buffer is free again once the message has left.
    void finish_send(std::uint64_t number, RankState& sender)
    {
        gate_.enter();
        Message& message = messages_[number];
        gate_.wait(signal_, [&] { return message.delivered; });
        sender.advance_to(message.left_s);
        leave(message);
    }

    std::uint64_t post_receive(std::span<std::byte> sink, const RankState& receiver)
    {
        gate_.enter();
        const std::uint64_t number = received_++;
        Message& message = messages_[number];
        message.sink = sink;
        message.wanted_s = receiver.time_s;
        if (cluster_.rendezvous) {
            match(message);
        }
        return number;
    }

    void finish_receive(std::uint64_t number, RankState& receiver)
    {
        gate_.enter();
        Message& message = messages_[number];
        gate_.wait(signal_, [&] { return message.delivered; });
        if (!cluster_.rendezvous) {
            gate_.guard([&] { deliver(message); });
        }
        receiver.advance_to(message.arrived_s);
        leave(message);
    }

    void wake_all() { signal_.wake_all(); }

private:
    struct Message {
        void reset(std::uint64_t its_number)
        {
            number = its_number;
            sent_s.reset();
            wanted_s.reset();
            delivered = false;
            sides_left = 0;
        }

        std::uint64_t number = 0;
        std::optional<double> sent_s;
        std::optional<double> wanted_s;
        std::span<const std::byte> source;
        double bytes_per_s = 0;
        std::span<std::byte> sink;
        std::vector<std::byte> kept;
        bool delivered = false;
        double left_s = 0;
        double arrived_s = 0;
        int sides_left = 0;
    };

    void match(Message& message)
    {
        if (message.sent_s && message.wanted_s) {
            gate_.guard([&] { copy_bytes(message.sink, message.source); });
            transfer(message, std::max(*message.sent_s, *message.wanted_s), free_s_);
        }
    }

    void transfer(Message& message, double ready_s, double& link_free_s)
    {
        const double factor = slowness_ * noise_factor(cluster_, stream_, message.number);
        const double bytes = static_cast<double>(message.source.size());
        const double start_s = std::max(ready_s, link_free_s);
        const double credit =
            std::min(static_cast<double>(cluster_.burst_bytes), (start_s - link_free_s) * message.bytes_per_s);
        message.left_s = start_s + std::max(bytes - credit, 0.0) / message.bytes_per_s * factor;
        message.arrived_s = message.left_s + cluster_.latency_s * factor + delay_s_;
        message.delivered = true;
        link_free_s = message.left_s - std::max(credit - bytes, 0.0) / message.bytes_per_s;
        signal_.wake_all();
    }

    static void deliver(const Message& message)
    {
        const bool virtual_source = message.kept.size() != message.source.size();
        copy_bytes(message.sink, virtual_source ? message.source : std::span<const std::byte>(message.kept));
    }

    void leave(Message& message)
    {
        if (++message.sides_left == 2) {
            messages_.release(message);
        }
    }

    Rendezvous& gate_;
    const Cluster& cluster_;
    double slowness_;
    double delay_s_;
    std::uint64_t stream_;
    WaitingFibers signal_;
    Numbered<Message> messages_;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
    double free_s_ = 0;  ///< rendezvous only
};

}  // namespace plumbline::sim
