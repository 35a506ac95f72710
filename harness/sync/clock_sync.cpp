// SPDX-License-Identifier: Apache-2.0
#include "harness/sync/clock_sync.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

namespace plumbline {

namespace {

constexpr int question_tag = 30000;
constexpr int answer_tag = 30001;

struct Answer {
    double common_s = 0;
    double error_s = 0;
};

/// Request and answer between two ranks, prepared once. Both have the same size, so that both ways take the same time.
class Line {
public:
    enum class Side : std::uint8_t { asks, answers };

    Line(Group& group, Side side, int peer)
        : question_(group.allocate(sizeof(Answer))),
          answer_(group.allocate(sizeof(Answer))),
          send_(side == Side::asks ? group.prepare_send(peer, question_tag, *question_, sizeof(Answer))
                                   : group.prepare_send(peer, answer_tag, *answer_, sizeof(Answer))),
          receive_(side == Side::asks ? group.prepare_receive(peer, answer_tag, *answer_, sizeof(Answer))
                                      : group.prepare_receive(peer, question_tag, *question_, sizeof(Answer)))
    {
        question_->fill(std::byte{0});
        answer_->fill(std::byte{0});
    }

    ClockExchange ask(const Clock& clock, double& others_error_s)
    {
        ClockExchange exchange;
        receive_->start();
        exchange.sent_s = clock.now_s();
        send_->start();
        receive_->finish();
        exchange.received_s = clock.now_s();
        send_->finish();
        Answer answer;
        answer_->download(0, std::as_writable_bytes(std::span(&answer, 1)));
        exchange.answered_s = answer.common_s;
        others_error_s = answer.error_s;
        return exchange;
    }

    void answer(const Clock& clock, const ClockModel& model)
    {
        receive_->start();
        receive_->finish();
        const double now_s = clock.now_s();
        const Answer answer{.common_s = model.common(now_s), .error_s = model.error_at(now_s)};
        answer_->upload(0, std::as_bytes(std::span(&answer, 1)));
        send_->start();
        send_->finish();
    }

private:
    std::unique_ptr<Buffer> question_;
    std::unique_ptr<Buffer> answer_;
    std::unique_ptr<Operation> send_;
    std::unique_ptr<Operation> receive_;
};

void teach(Group& group, int child, const Clock& clock, const ClockSyncSettings& settings, const ClockModel& model)
{
    Line line(group, Line::Side::answers, child);
    for (int i = 0; i < settings.points * settings.exchanges; ++i) {
        line.answer(clock, model);
    }
}

ClockModel learn(Group& group, int parent, const Clock& clock, const ClockSyncSettings& settings,
                 std::vector<ClockPoint>& history)
{
    Line line(group, Line::Side::asks, parent);
    std::vector<ClockExchange> exchanges(static_cast<std::size_t>(settings.exchanges));
    double parents_error_s = 0;
    for (int point = 0; point < settings.points; ++point) {
        const double begin = clock.now_s();
        for (ClockExchange& exchange : exchanges) {
            exchange = line.ask(clock, parents_error_s);
        }
        history.push_back(intersect_bounds(exchanges));
        if (point + 1 < settings.points) {
            clock.wait_until(begin + settings.spacing_s);
        }
    }
    ClockModel model = fit_clock(history, static_cast<std::size_t>(settings.points));
    model.error_s += parents_error_s;
    return model;
}

/// First rank of each node; nodes are indices, and without any each member is one of its own.
std::vector<int> leaders_of(const std::vector<int>& node_of_member, int size)
{
    std::vector<int> leaders;
    std::vector<bool> seen;
    for (int member = 0; member < size; ++member) {
        const auto node = static_cast<std::size_t>(
            node_of_member.empty() ? member : node_of_member[static_cast<std::size_t>(member)]);
        seen.resize(std::max(seen.size(), node + 1));
        if (!seen[node]) {
            seen[node] = true;
            leaders.push_back(member);
        }
    }
    return leaders;
}

/// What leader number `me` does in the tree over the leaders.
std::vector<ClockTree::Step> steps_of(const std::vector<int>& leaders, std::size_t me)
{
    using Part = ClockTree::Part;
    const std::size_t power = std::bit_floor(leaders.size());
    std::vector<ClockTree::Step> steps;
    for (std::size_t step = power / 2; step >= 1; step /= 2) {
        if (me < power && me % (2 * step) == 0) {
            steps.push_back({.part = Part::teaches, .peer = leaders[me + step]});
        } else if (me < power && me % (2 * step) == step) {
            steps.push_back({.part = Part::learns, .peer = leaders[me - step]});
        }
    }
    if (me >= power) {
        steps.push_back({.part = Part::learns, .peer = leaders[me - power]});
    } else if (me + power < leaders.size()) {
        steps.push_back({.part = Part::teaches, .peer = leaders[me + power]});
    }
    return steps;
}

/// As sync_clocks().
ClockModel sync_along(const ClockTree& tree, Group& group, Communicator& members, const Clock& clock,
                      const ClockSyncSettings& settings, std::vector<ClockPoint>& history)
{
    ClockModel model;
    if (group.rank() != tree.leader) {
        const auto bytes = members.receive(tree.leader);
        std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(std::span(&model, 1)).begin());
        return model;
    }
    for (const ClockTree::Step& step : tree.steps) {
        if (step.part == ClockTree::Part::teaches) {
            teach(group, step.peer, clock, settings, model);
        } else {
            model = learn(group, step.peer, clock, settings, history);
        }
    }
    for (const int other : tree.others) {
        members.send(std::as_bytes(std::span(&model, 1)), other);
    }
    return model;
}

double weight(const ClockPoint& point)
{
    constexpr double least_s = 1e-9;  // no error is smaller than the resolution of a clock
    const double error_s = std::max(point.error_s, least_s);
    return 1 / (error_s * error_s);
}

double weighted_mean(std::span<const ClockPoint> points, double ClockPoint::* member)
{
    double sum = 0;
    double weights = 0;
    // Relative to the first value: times and offsets are large compared to their differences.
    const double base = points.front().*member;
    for (const ClockPoint& point : points) {
        sum += weight(point) * (point.*member - base);
        weights += weight(point);
    }
    return base + sum / weights;
}

}  // namespace

double ClockModel::local(double common_s) const
{
    // common - at = (local - at) (1 + drift) + offset
    return at_s + (common_s - at_s - offset_s) / (1 + drift);
}

double ClockModel::error_at(double local_s) const
{
    return error_s + 2 * drift_error * std::abs(local_s - at_s);
}

ClockPoint intersect_bounds(std::span<const ClockExchange> exchanges)
{
    const auto low = [](const ClockExchange& e) { return e.answered_s - e.received_s; };
    const auto high = [](const ClockExchange& e) { return e.answered_s - e.sent_s; };
    const auto& lower = *std::ranges::max_element(exchanges, {}, low);
    const auto& upper = *std::ranges::min_element(exchanges, {}, high);
    if (low(lower) > high(upper)) {
        const auto& quickest =
            *std::ranges::min_element(exchanges, {}, [](const ClockExchange& e) { return e.received_s - e.sent_s; });
        return intersect_bounds(std::span(&quickest, 1));
    }
    // A bound is tight where the message of its side was fast: the lower one just before receiving.
    return {.at_s = upper.sent_s + (lower.received_s - upper.sent_s) / 2,
            .offset_s = low(lower) + (high(upper) - low(lower)) / 2,
            .error_s = (high(upper) - low(lower)) / 2};
}

ClockModel fit_clock(std::span<const ClockPoint> points, std::size_t recent)
{
    const double mean_at = weighted_mean(points, &ClockPoint::at_s);
    const double mean_offset = weighted_mean(points, &ClockPoint::offset_s);
    double spread = 0;
    double product = 0;
    for (const ClockPoint& point : points) {
        const double distance = point.at_s - mean_at;
        spread += weight(point) * distance * distance;
        product += weight(point) * distance * (point.offset_s - mean_offset);
    }
    ClockModel model;
    model.drift = spread > 0 ? product / spread : 0;
    if (points.size() > 2 && spread > 0) {
        double residual = 0;
        for (const ClockPoint& point : points) {
            const double rest = point.offset_s - mean_offset - model.drift * (point.at_s - mean_at);
            residual += weight(point) * rest * rest;
        }
        model.drift_error = std::sqrt(residual / static_cast<double>(points.size() - 2) / spread);
    }
    const auto last = points.last(std::min(std::max<std::size_t>(recent, 1), points.size()));
    model.at_s = weighted_mean(last, &ClockPoint::at_s);
    model.offset_s = weighted_mean(last, &ClockPoint::offset_s);
    model.error_s = weighted_mean(last, &ClockPoint::error_s);
    return model;
}

ClockModel sync_clocks(Group& group, Communicator& members, const Clock& clock, const ClockSyncSettings& settings,
                       std::vector<ClockPoint>& history)
{
    const ClockTree tree = clock_tree(settings.node_of_member, group.rank(), group.size());
    return sync_along(tree, group, members, clock, settings, history);
}

ClockTree clock_tree(const std::vector<int>& node_of_member, int rank, int size)
{
    const std::vector<int> leaders = leaders_of(node_of_member, size);
    const auto node_of = [&](int member) {
        return node_of_member.empty() ? member : node_of_member[static_cast<std::size_t>(member)];
    };
    const auto mine = std::ranges::find(leaders, node_of(rank), node_of);
    ClockTree tree{.leader = *mine, .steps = {}, .others = {}};
    if (tree.leader != rank) {
        return tree;
    }
    tree.steps = steps_of(leaders, static_cast<std::size_t>(mine - leaders.begin()));
    for (int member = 0; member < size; ++member) {
        if (member != rank && node_of(member) == node_of(rank)) {
            tree.others.push_back(member);
        }
    }
    return tree;
}

bool CommonClock::is_old(const Clock& clock) const
{
    constexpr double longest_s = 10;
    constexpr double reach = 5;
    const double spanned_s = last_s_ - first_s_;
    return !model_ || clock.now_s() - last_s_ > std::min(longest_s, reach * spanned_s);
}

void CommonClock::refresh(Group& group, Communicator& members, const Clock& clock)
{
    constexpr std::size_t kept_calls = 8;
    if (kind_ == Kind::none) {
        return;
    }
    if (kind_ == Kind::same_node || group.size() == 1) {
        model_ = ClockModel{};
        return;
    }
    if (broadcast_value(members, is_old(clock) ? 1 : 0, 0) == 0) {
        return;
    }
    first_s_ = model_ ? first_s_ : clock.now_s();
    const std::size_t kept = kept_calls * static_cast<std::size_t>(settings_.points);
    if (history_.size() > kept) {
        history_.erase(history_.begin(), history_.end() - static_cast<std::ptrdiff_t>(kept));
    }
    if (!tree_) {
        tree_ = clock_tree(settings_.node_of_member, group.rank(), group.size());
    }
    model_ = sync_along(*tree_, group, members, clock, settings_, history_);
    last_s_ = clock.now_s();
}

}  // namespace plumbline
