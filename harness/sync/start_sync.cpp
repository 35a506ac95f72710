// SPDX-License-Identifier: Apache-2.0
#include "harness/sync/start_sync.hpp"

#include "results/statistics/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace plumbline {

namespace {

constexpr int barrier_tag = 30002;
constexpr int start_tag = 30003;

class BarrierAlignment final : public StartSync {
public:
    explicit BarrierAlignment(Group& group) : group_(group) {}
    void synchronize() override { group_.synchronize(); }
    SyncMode mode() const override { return SyncMode::barrier; }

private:
    Group& group_;
};

class DisseminationAlignment final : public StartSync {
public:
    explicit DisseminationAlignment(Group& group) : barrier_(group) {}
    void synchronize() override { barrier_.meet(); }
    SyncMode mode() const override { return SyncMode::dissemination; }

private:
    DisseminationBarrier barrier_;
};

class WindowAlignment final : public StartSync {
public:
    WindowAlignment(Group& group, Communicator& members, const Clock& clock, const std::optional<ClockModel>& model,
                    std::optional<double> margin_s)
        : barrier_(group), start_(group), clock_(clock), model_(model)
    {
        adapts_ = !margin_s;
        least_margin_s_ = margin_s ? *margin_s : from_broadcasts(members);
        margin_s_ = least_margin_s_;
    }

    void synchronize() override
    {
        adapt(barrier_.meet(late_));
        const double start_s = shared().local(start_.share(shared().common(clock_.now_s()) + margin_s_));
        clock_.wait_until(start_s);
        late_ = clock_.now_s() > start_s + tolerance_s;
    }

    bool late() const override { return late_; }
    SyncMode mode() const override { return SyncMode::window; }

private:
    static constexpr double tolerance_s = 1e-6;

    const ClockModel& shared() const
    {
        if (!model_) {
            throw std::logic_error("a start window without a clock that the ranks share");
        }
        return *model_;
    }

    double from_broadcasts(Communicator& members)
    {
        constexpr int attempts = 13;
        constexpr int first_ones = 2;  // the first ones open connections
        constexpr double reserve = 3;
        std::vector<double> slowest_s;
        for (int i = 0; i < attempts; ++i) {
            barrier_.meet();
            const double told_s = start_.share(shared().common(clock_.now_s()));
            slowest_s.push_back(shared().common(clock_.now_s()) - told_s);
        }
        members.allreduce_max_each(slowest_s);
        return reserve * median(std::span(slowest_s).subspan(first_ones)).value_or(0) + tolerance_s;
    }

    /// In equilibrium one start in 70 is late.
    void adapt(bool someone_was_late)
    {
        constexpr double most = 16;  // a rank that was put to sleep is late for a longer margin as well
        if (adapts_) {
            margin_s_ = someone_was_late ? std::min(2 * margin_s_, most * least_margin_s_)
                                         : std::max(0.99 * margin_s_, least_margin_s_);
        }
    }

    DisseminationBarrier barrier_;
    TreeBroadcast start_;
    const Clock& clock_;
    const std::optional<ClockModel>& model_;
    bool adapts_ = true;
    bool late_ = false;
    double least_margin_s_ = 0;
    double margin_s_ = 0;
};

CommonClock::Kind kind_of(SyncClock clock, int nodes)
{
    if (clock == SyncClock::hca3) {
        return CommonClock::Kind::hca3;
    }
    return nodes == 1 ? CommonClock::Kind::same_node : CommonClock::Kind::none;
}

/// Of node indices, in so many steps: each of thousands of ranks counts for itself.
int count_distinct(const std::vector<int>& nodes)
{
    std::vector<bool> seen(nodes.empty() ? 0 : static_cast<std::size_t>(std::ranges::max(nodes)) + 1);
    for (const int node : nodes) {
        seen[static_cast<std::size_t>(node)] = true;
    }
    return static_cast<int>(std::ranges::count(seen, true));
}

/// HCA3 that was requested on one node exchanges messages with every rank, which shows its accuracy.
std::vector<int> nodes_to_sync(const std::vector<int>& node_of_member)
{
    return count_distinct(node_of_member) == 1 ? std::vector<int>{} : node_of_member;
}

}  // namespace

DisseminationBarrier::DisseminationBarrier(Group& group)
{
    const int size = group.size();
    for (int step = 1; step < size; step *= 2) {
        Round round;
        round.out = group.allocate(1);
        round.in = group.allocate(1);
        round.send = group.prepare_send((group.rank() + step) % size, barrier_tag, *round.out, 1);
        round.receive = group.prepare_receive((group.rank() - step + size) % size, barrier_tag, *round.in, 1);
        rounds_.push_back(std::move(round));
    }
}

bool DisseminationBarrier::meet(bool flag)
{
    std::byte raised{flag ? std::uint8_t{1} : std::uint8_t{0}};
    for (Round& round : rounds_) {
        round.out->upload(0, std::span(&raised, 1));
        round.receive->start();
        round.send->start();
        round.receive->finish();
        round.send->finish();
        std::byte theirs{};
        round.in->download(0, std::span(&theirs, 1));
        raised |= theirs;
    }
    return raised != std::byte{0};
}

TreeBroadcast::TreeBroadcast(Group& group) : buffer_(group.allocate(sizeof(double)))
{
    // The parent of a rank lacks the rank's lowest bit; a rank's children have one more bit below that.
    const auto rank = static_cast<unsigned>(group.rank());
    const auto size = static_cast<unsigned>(group.size());
    const unsigned lowest = rank == 0 ? std::bit_ceil(size) : rank & (~rank + 1);
    if (rank != 0) {
        receive_ = group.prepare_receive(static_cast<int>(rank - lowest), start_tag, *buffer_, sizeof(double));
    }
    for (unsigned bit = lowest / 2; bit >= 1; bit /= 2) {
        if (rank + bit < size) {
            sends_.push_back(group.prepare_send(static_cast<int>(rank + bit), start_tag, *buffer_, sizeof(double)));
        }
    }
}

double TreeBroadcast::share(double value)
{
    if (receive_) {
        receive_->start();
        receive_->finish();
        buffer_->download(0, std::as_writable_bytes(std::span(&value, 1)));
    } else {
        buffer_->upload(0, std::as_bytes(std::span(&value, 1)));
    }
    for (const auto& send : sends_) {
        send->start();
    }
    for (const auto& send : sends_) {
        send->finish();
    }
    return value;
}

std::unique_ptr<StartSync> make_barrier_alignment(Group& group)
{
    return std::make_unique<BarrierAlignment>(group);
}

std::unique_ptr<StartSync> make_dissemination_alignment(Group& group)
{
    return std::make_unique<DisseminationAlignment>(group);
}

std::unique_ptr<StartSync> make_window_alignment(Group& group, Communicator& members, const Clock& clock,
                                                 const std::optional<ClockModel>& clock_model,
                                                 std::optional<double> margin_s)
{
    return std::make_unique<WindowAlignment>(group, members, clock, clock_model, margin_s);
}

SyncSettings resolve(SyncSettings asked, int nodes)
{
    if (asked.clock == SyncClock::automatic) {
        asked.clock = nodes == 1 ? SyncClock::local : SyncClock::hca3;
    }
    return asked;
}

Synchronisation::Synchronisation(Group& group, Communicator& members, const Clock& clock, const SyncSettings& asked,
                                 const std::vector<int>& node_of_member)
    : group_(group),
      members_(members),
      clock_(clock),
      settings_(resolve(asked, count_distinct(node_of_member))),
      common_clock_(kind_of(settings_.clock, count_distinct(node_of_member)), {},
                    clock_tree(nodes_to_sync(node_of_member), group.rank(), group.size()))
{
}

std::optional<std::string> Synchronisation::refusal() const
{
    if (settings_.mode == SyncMode::window && !common_clock_.can_tell()) {
        return "a start window needs a clock that all ranks share (sync.clock is local, and they lie on several "
               "nodes). Use clock: hca3";
    }
    return std::nullopt;
}

void Synchronisation::begin_round()
{
    common_clock_.refresh(group_, members_, clock_);
    if (start_sync_) {
        return;
    }
    switch (settings_.mode) {
        case SyncMode::dissemination:
            start_sync_ = make_dissemination_alignment(group_);
            break;
        case SyncMode::barrier:
            start_sync_ = make_barrier_alignment(group_);
            break;
        case SyncMode::window:
            start_sync_ = make_window();
            break;
        case SyncMode::automatic:
            choose();
            break;
    }
}

std::unique_ptr<StartSync> Synchronisation::make_window()
{
    return make_window_alignment(group_, members_, clock_, common_clock_.model(), settings_.margin_s);
}

void Synchronisation::choose()
{
    constexpr int trials = 20;
    constexpr double most_late = 2;
    if (common_clock_.can_tell()) {
        start_sync_ = make_window();
        std::vector<double> late(trials);
        for (double& flag : late) {
            start_sync_->synchronize();
            flag = start_sync_->late() ? 1 : 0;
        }
        members_.allreduce_max_each(late);
        if (std::reduce(late.begin(), late.end()) <= most_late) {
            return;
        }
    }
    start_sync_ = make_dissemination_alignment(group_);
}

void StartLog::reserve(std::size_t samples)
{
    begins_s_.reserve(samples);
    late_.reserve(samples);
}

void StartLog::add(double begin_s, bool late)
{
    begins_s_.push_back(begin_s);
    late_.push_back(late ? 1 : 0);
}

std::vector<double> StartLog::on(const ClockModel& model) const
{
    std::vector<double> moments(begins_s_.size());
    std::transform(begins_s_.begin(), begins_s_.end(), moments.begin(),
                   [&](double begin_s) { return model.common(begin_s); });
    return moments;
}

double StartLog::error_s(const ClockModel& model) const
{
    return begins_s_.empty() ? model.error_s
                             : std::max(model.error_at(begins_s_.front()), model.error_at(begins_s_.back()));
}

SampleMatrix offsets_from_earliest(SampleMatrix starts)
{
    constexpr double picosecond = 1e-12;  // smaller differences are rounding, not the clock
    for (std::size_t sample = 0; sample < starts.samples; ++sample) {
        const auto row = std::span(starts.values).subspan(sample * starts.ranks, starts.ranks);
        const double earliest = *std::min_element(row.begin(), row.end());
        std::transform(row.begin(), row.end(), row.begin(),
                       [&](double start) { return std::round((start - earliest) / picosecond) * picosecond; });
    }
    return starts;
}

std::string describe_synchronisation(const SyncSettings& asked)
{
    const auto words = [&]() -> std::string_view {
        switch (asked.mode) {
            case SyncMode::barrier:
                return "barrier of the library";
            case SyncMode::window:
                return "window: a common moment told by rank 0 after plumbline's own barrier";
            case SyncMode::dissemination:
                return "dissemination: plumbline's own barrier";
            case SyncMode::automatic:
                break;
        }
        return "auto: window where ranks come in time for one, else dissemination";
    };
    return fmt::format("{}, before each sample; a sample's time is the slowest rank's own", words());
}

std::string describe_common_clock(const SyncSettings& asked, int nodes)
{
    const SyncClock clock = resolve(asked, nodes).clock;
    if (clock == SyncClock::hca3) {
        return asked.clock == SyncClock::automatic
                   ? "starts compared on it within a node, across nodes on rank 0's (hca3: linear drift)"
                   : "starts compared on rank 0's (hca3: linear drift)";
    }
    return nodes == 1 ? "starts compared on it" : "starts of ranks on different nodes not compared (local)";
}

}  // namespace plumbline
