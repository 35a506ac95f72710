// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/fiber_group.hpp"

#include "collectives/backends/sim/fibers.hpp"
#include "collectives/backends/sim/rank_lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <exception>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>

namespace plumbline {
namespace {

using Message = std::vector<std::byte>;

/// What the members of one group share.
struct SharedGroup {
    explicit SharedGroup(std::vector<int> world_ranks) : members(std::move(world_ranks)) {}

    const std::vector<int> members;

    /// One collective at a time: each member adds to `gathering`; the last to come turns it into `result`, which stays
    /// until all members have come again, hence until all have read it.
    struct Round {
        Message data;
        std::int64_t largest = std::numeric_limits<std::int64_t>::min();
    };
    Round gathering;
    Round result;
    std::size_t arrived = 0;
    std::uint64_t generation = 0;
    sim::WaitingFibers round_done;

    struct MailBox {
        std::deque<Message> letters;
        sim::WaitingFibers came;
    };
    std::map<std::pair<int, int>, MailBox> mail;  ///< (from, to)

    /// Subgroups that some members have not picked up yet, by members (ranks of this group, of World::ranks_once()) and
    /// the sequence number of the call.
    struct Birth {
        std::shared_ptr<SharedGroup> group;
        std::size_t awaited = 0;
    };
    std::map<std::pair<const std::vector<int>*, std::uint64_t>, Birth> births;
};

/// All groups of one launch: a failure must wake every one.
class World {
public:
    std::shared_ptr<SharedGroup> make_group(std::vector<int> world_ranks)
    {
        std::erase_if(groups_, [](const auto& group) { return group.expired(); });
        auto group = std::make_shared<SharedGroup>(std::move(world_ranks));
        groups_.push_back(group);
        return group;
    }

    /// Only the first failure counts: the others follow from it.
    void fail(int rank, std::exception_ptr error)
    {
        if (failed_rank_) {
            return;
        }
        failed_rank_ = rank;
        error_ = std::move(error);
        for (const auto& weak : groups_) {
            if (const auto group = weak.lock()) {
                group->round_done.wake_all();
                for (auto& [ends, box] : group->mail) {
                    box.came.wake_all();
                }
            }
        }
    }

    void rethrow_failure()
    {
        if (error_) {
            std::rethrow_exception(error_);
        }
    }

    /// Throws when a rank has failed before `ready`.
    template <class Ready>
    void wait(sim::WaitingFibers& changed, Ready&& ready)
    {
        changed.wait([&] { return failed_rank_ || ready(); });
        if (failed_rank_) {
            throw std::runtime_error(fmt::format("rank {} failed", *failed_rank_));
        }
    }

    /// The one copy of a list.
    const std::vector<int>& ranks_once(std::span<const int> ranks) { return lists_(ranks); }

private:
    sim::RankLists lists_;
    std::vector<std::weak_ptr<SharedGroup>> groups_;
    std::optional<int> failed_rank_;
    std::exception_ptr error_;
};

class FiberCommunicator final : public Communicator {
public:
    FiberCommunicator(World& world, std::shared_ptr<SharedGroup> group, int rank)
        : world_(world), group_(std::move(group)), rank_(rank)
    {
    }

    int rank() const override { return rank_; }
    int size() const override { return static_cast<int>(group_->members.size()); }
    std::span<const int> members() const override { return group_->members; }

    void barrier() override
    {
        meet([](SharedGroup::Round&) {}, [](const SharedGroup::Round&) {});
    }

    void broadcast(std::span<std::byte> data, int root) override
    {
        require_member(root);
        meet(
            [&](SharedGroup::Round& round) {
                if (rank_ == root) {
                    round.data.assign(data.begin(), data.end());
                }
            },
            [&](const SharedGroup::Round& round) {
                require_size(data.size(), round.data.size());
                std::copy(round.data.begin(), round.data.end(), data.begin());
            });
    }

    void gather(std::span<const std::byte> mine, std::span<std::byte> all, int root) override
    {
        require_member(root);
        const std::size_t total = mine.size() * group_->members.size();
        require_size(all.size(), rank_ == root ? total : 0);
        meet(
            [&](SharedGroup::Round& round) {
                round.data.resize(std::max(round.data.size(), total));
                std::copy(mine.begin(), mine.end(),
                          round.data.begin() + static_cast<std::ptrdiff_t>(mine.size()) * rank_);
            },
            [&](const SharedGroup::Round& round) {
                require_size(total, round.data.size());
                if (rank_ == root) {
                    std::copy(round.data.begin(), round.data.end(), all.begin());
                }
            });
    }

    std::int64_t allreduce_max(std::int64_t value) override
    {
        std::int64_t largest = value;
        meet([&](SharedGroup::Round& round) { round.largest = std::max(round.largest, value); },
             [&](const SharedGroup::Round& round) { largest = round.largest; });
        return largest;
    }

    /// Every wait here sleeps already.
    std::int64_t allreduce_max_sleeping(std::int64_t value) override { return allreduce_max(value); }

    void send(std::span<const std::byte> data, int to) override
    {
        require_member(to);
        auto& box = group_->mail[{rank_, to}];
        box.letters.emplace_back(data.begin(), data.end());
        box.came.wake_all();
    }

    std::vector<std::byte> receive(int from) override
    {
        require_member(from);
        auto& [letters, came] = group_->mail[{from, rank_}];
        world_.wait(came, [&] { return !letters.empty(); });
        Message letter = std::move(letters.front());
        letters.pop_front();
        return letter;
    }

    std::unique_ptr<Communicator> subgroup(std::span<const int> ranks) override
    {
        const int new_rank = position_in(ranks);
        const std::vector<int>* const list = &world_.ranks_once(ranks);
        const std::pair key{list, subgroups_made_[list]++};
        auto& birth = group_->births[key];
        if (!birth.group) {
            require_distinct_members(*list);
            birth = {.group = world_.make_group(world_ranks(*list)), .awaited = list->size()};
        }
        auto group = birth.group;
        if (--birth.awaited == 0) {
            group_->births.erase(key);
        }
        return std::make_unique<FiberCommunicator>(world_, std::move(group), new_rank);
    }

    [[noreturn]] void abort(int status) override
    {
        const int world_rank = group_->members[static_cast<std::size_t>(rank_)];
        const std::runtime_error error(fmt::format("rank {} aborted with status {}", world_rank, status));
        world_.fail(world_rank, std::make_exception_ptr(error));
        throw error;
    }

private:
    /// One collective: `add` runs on what is being gathered, `read` on the finished result.
    template <class Add, class Read>
    void meet(Add&& add, Read&& read)
    {
        SharedGroup& group = *group_;
        add(group.gathering);
        if (++group.arrived == group.members.size()) {
            group.result = std::exchange(group.gathering, {});
            group.arrived = 0;
            ++group.generation;
            group.round_done.wake_all();
        } else {
            const std::uint64_t mine = group.generation;
            world_.wait(group.round_done, [&] { return group.generation != mine; });
        }
        read(group.result);
    }

    void require_member(int rank) const
    {
        if (rank < 0 || rank >= size()) {
            throw std::logic_error(fmt::format("rank {} is not in this group of {}", rank, size()));
        }
    }

    static void require_size(std::size_t given, std::size_t needed)
    {
        if (given != needed) {
            throw std::logic_error(fmt::format("{} bytes given where the group has {}", given, needed));
        }
    }

    int position_in(std::span<const int> ranks) const
    {
        const auto own = std::ranges::find(ranks, rank_);
        if (own == ranks.end()) {
            throw std::logic_error(fmt::format("rank {} must be once, and no rank twice, in its subgroup", rank_));
        }
        return static_cast<int>(own - ranks.begin());
    }

    void require_distinct_members(std::vector<int> ranks) const
    {
        std::ranges::sort(ranks);
        if (std::ranges::adjacent_find(ranks) != ranks.end()) {
            throw std::logic_error(fmt::format("rank {} must be once, and no rank twice, in its subgroup", rank_));
        }
        require_member(ranks.front());
        require_member(ranks.back());
    }

    std::vector<int> world_ranks(const std::vector<int>& ranks) const
    {
        std::vector<int> result;
        std::transform(ranks.begin(), ranks.end(), std::back_inserter(result),
                       [&](int rank) { return group_->members[static_cast<std::size_t>(rank)]; });
        return result;
    }

    World& world_;
    std::shared_ptr<SharedGroup> group_;
    int rank_;
    std::map<const std::vector<int>*, std::uint64_t> subgroups_made_;
};

}  // namespace

void run_as_fibers(int ranks, const std::function<void(Communicator&)>& body)
{
    if (ranks < 1) {
        throw std::logic_error(fmt::format("run_as_fibers: {} ranks", ranks));
    }
    World world;
    std::vector<int> everyone(static_cast<std::size_t>(ranks));
    std::iota(everyone.begin(), everyone.end(), 0);
    const auto group = world.make_group(std::move(everyone));
    sim::run_fibers(static_cast<std::size_t>(ranks), [&](std::size_t index) {
        const int rank = static_cast<int>(index);
        try {
            FiberCommunicator comm(world, group, rank);
            body(comm);
        } catch (...) {
            world.fail(rank, std::current_exception());
        }
    });
    world.rethrow_failure();
}

}  // namespace plumbline
