// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/buffer_plan.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace plumbline {

namespace {

/// A pool of buffers: a new one is added only where none is free.
class Slots {
public:
    bool empty() const { return free_.empty(); }
    std::size_t take()
    {
        const std::size_t slot = free_.back();
        free_.pop_back();
        return slot;
    }
    void give(std::size_t slot) { free_.push_back(slot); }

private:
    std::vector<std::size_t> free_;
};

class BufferPlanner {
public:
    BufferPlanner(const Program& program, int rank, int ranks) : program_(program), rank_(rank), ranks_(ranks) {}

    BufferPlan plan() &&
    {
        plan_.of_step.reserve(program_.steps.size());
        for (const Step& step : program_.steps) {
            plan_.of_step.push_back(place(step));
        }
        plan_.most_outstanding_sends = send_slots_.size();
        return std::move(plan_);
    }

private:
    BufferPlan::Place place(const Step& step)
    {
        switch (step.kind) {
            case Step::Kind::send: {
                if (outstanding_ == send_slots_.size()) {
                    send_slots_.push_back(add_buffer());
                }
                return both(widen(send_slots_[outstanding_++], step.bytes));
            }
            case Step::Kind::receive: {
                const auto [slot, is_new] = receive_slots_.try_emplace(step.peer, BufferPlan::none);
                if (is_new) {
                    slot->second = add_buffer();
                }
                return both(widen(slot->second, step.bytes));
            }
            case Step::Kind::begin_receive:
                count_begun();
                return both(widen(taken(begun_receives_), step.bytes));
            case Step::Kind::collective:
                return place_call(step, blocking_);
            case Step::Kind::begin_collective: {
                count_begun();
                Pair pair;
                if (!begun_calls_.empty()) {
                    pair = begun_calls_.back();
                    begun_calls_.pop_back();
                }
                const auto place = place_call(step, pair);
                in_flight_[plan_.of_step.size()] = pair;
                return place;
            }
            case Step::Kind::wait:
                give_back(static_cast<std::size_t>(step.what));
                return {};
            case Step::Kind::wait_sends:
                outstanding_ = 0;
                return {};
            case Step::Kind::compute:
            case Step::Kind::progress:
                return {};
        }
        throw std::logic_error("a step of unknown kind");
    }

    /// The buffers that collectives send from and receive into; in place both are `recv`.
    struct Pair {
        std::size_t send = BufferPlan::none;
        std::size_t recv = BufferPlan::none;
    };

    BufferPlan::Place place_call(const Step& step, Pair& pair)
    {
        const SubgroupCall& call = program_.calls.at(static_cast<std::size_t>(step.what));
        const SubgroupPlace at = place_in_subgroup(program_, call, rank_, ranks_);
        const BufferElements elements = buffer_elements(call.call, at.rank, at.size);
        const std::uint64_t element = size_of(call.call.dtype);
        if (pair.recv == BufferPlan::none) {
            pair.recv = add_buffer();
        }
        if (call.call.in_place || call.call.collective == Collective::broadcast) {
            return both(widen(pair.recv, std::max(elements.send, elements.recv) * element));
        }
        if (pair.send == BufferPlan::none) {
            pair.send = add_buffer();
        }
        return {.send = widen(pair.send, elements.send * element), .recv = widen(pair.recv, elements.recv * element)};
    }

    std::size_t taken(Slots& slots)
    {
        const std::size_t slot = slots.empty() ? add_buffer() : slots.take();
        received_into_[plan_.of_step.size()] = slot;
        return slot;
    }

    void count_begun() { plan_.most_begun = std::max(plan_.most_begun, ++begun_); }

    void give_back(std::size_t begin_step)
    {
        --begun_;
        if (const auto call = in_flight_.find(begin_step); call != in_flight_.end()) {
            begun_calls_.push_back(call->second);
            in_flight_.erase(call);
        } else if (const auto receive = received_into_.find(begin_step); receive != received_into_.end()) {
            begun_receives_.give(receive->second);
            received_into_.erase(receive);
        } else {
            throw std::logic_error("a wait for a step that began nothing");
        }
    }

    static BufferPlan::Place both(std::size_t buffer) { return {.send = buffer, .recv = buffer}; }

    std::size_t add_buffer()
    {
        plan_.bytes.push_back(0);
        return plan_.bytes.size() - 1;
    }

    std::size_t widen(std::size_t buffer, std::uint64_t bytes)
    {
        plan_.bytes[buffer] = std::max(plan_.bytes[buffer], bytes);
        return buffer;
    }

    const Program& program_;
    int rank_;
    int ranks_;
    BufferPlan plan_;
    std::vector<std::size_t> send_slots_;
    std::map<int, std::size_t> receive_slots_;
    Slots begun_receives_;
    std::map<std::size_t, std::size_t> received_into_;  ///< step that began the receive -> buffer
    Pair blocking_;
    std::vector<Pair> begun_calls_;          ///< free buffers of calls that overlap
    std::map<std::size_t, Pair> in_flight_;  ///< step that began the call -> its buffers
    std::size_t outstanding_ = 0;
    std::size_t begun_ = 0;
};

}  // namespace

BufferPlan plan_buffers(const Program& program, int rank, int ranks)
{
    return BufferPlanner(program, rank, ranks).plan();
}

SubgroupPlace place_in_subgroup(const Program& program, const SubgroupCall& call, int rank, int ranks)
{
    if (call.subgroup == SubgroupCall::whole_case) {
        return {.rank = rank, .size = ranks};
    }
    const std::vector<int>& subgroup = program.subgroups.at(static_cast<std::size_t>(call.subgroup));
    const auto found = std::find(subgroup.begin(), subgroup.end(), rank);
    if (found == subgroup.end()) {
        throw std::logic_error("a step with a team that its rank is not in");
    }
    return {.rank = static_cast<int>(found - subgroup.begin()), .size = static_cast<int>(subgroup.size())};
}

}  // namespace plumbline
