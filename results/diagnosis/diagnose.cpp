// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/diagnose.hpp"

#include "results/diagnosis/link_deviations.hpp"
#include "results/diagnosis/suspect_names.hpp"
#include "results/summaries/link_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <utility>

namespace plumbline {
namespace {

class Diagnostician {
public:
    Diagnostician(const PairwiseSamples& survey, const Names& names, const DiagnoseRules& rules)
        : survey_(survey), names_(names, survey.nodes), rules_(rules), suspects_(find_suspects(survey))
    {
        nodes_.insert(survey.nodes.of_rank.begin(), survey.nodes.of_rank.end());
    }

    Diagnosis run()
    {
        count_links();
        for (std::size_t i = 0; i < suspects_.size(); ++i) {
            judge(suspects_[i], i);
        }
        drop_explained_links();
        judge_compute();
        judge_floor();
        compare_peers();
        add_notes();
        return std::move(diagnosis_);
    }

private:
    bool one_node() const { return !survey_.nodes.several; }
    std::size_t units() const { return one_node() ? survey_.nodes.of_rank.size() : nodes_.size(); }
    int unit_of(int rank) const { return one_node() ? rank : survey_.nodes.node(rank); }

    bool evidence(const LinkMessage& message) const { return is_evidence(message.from, message.to, survey_.nodes); }
    bool concerned(const Suspect& suspect, const LinkMessage& message) const
    {
        return concerns(suspect, message.from, message.to, survey_.nodes);
    }
    bool suspected(const LinkMessage& message) const
    {
        return std::any_of(suspects_.begin(), suspects_.end(),
                           [&](const Suspect& suspect) { return concerned(suspect, message); });
    }

    /// Whether the message passes through a suspect, and through none of the `before` suspects that explain more.
    bool matches(const Suspect& suspect, std::size_t before, const LinkMessage& message) const
    {
        return evidence(message) && concerned(suspect, message) &&
               std::none_of(suspects_.begin(), suspects_.begin() + static_cast<std::ptrdiff_t>(before),
                            [&](const Suspect& other) { return concerned(other, message); });
    }

    std::vector<double> times_of(const Suspect& suspect, std::size_t before,
                                 const std::vector<LinkMessage>& messages) const
    {
        std::vector<double> seconds;
        for (const LinkMessage& message : messages) {
            if (matches(suspect, before, message)) {
                seconds.push_back(message.seconds);
            }
        }
        return seconds;
    }

    /// Times of the messages that pass through no suspect.
    std::vector<double> times_of_others(const std::vector<LinkMessage>& messages) const
    {
        std::vector<double> seconds;
        for (const LinkMessage& message : messages) {
            if (evidence(message) && !suspected(message)) {
                seconds.push_back(message.seconds);
            }
        }
        return seconds;
    }

    void count_links()
    {
        LinkTimes times;
        for (const LinkMessage& message : survey_.sweep) {
            if (evidence(message)) {
                times.add(message.from, message.to, message.seconds);
            }
        }
        std::map<int, std::size_t> ranks_on;  // each node, or all of them
        for (const int node : survey_.nodes.of_rank) {
            ++ranks_on[one_node() ? 0 : node];
        }
        const auto ranks = static_cast<std::size_t>(survey_.ranks);
        diagnosis_.possible = ranks * (ranks - std::min<std::size_t>(ranks, 1));
        for (const auto& [node, here] : ranks_on) {
            diagnosis_.possible -= one_node() ? 0 : here * (here - 1);
        }
        std::vector<double> good;
        for (const LinkTime& link : times.medians()) {
            ++diagnosis_.links;
            if (!suspected({link.from, link.to, 0})) {
                good.push_back(link.seconds);
            }
        }
        diagnosis_.median_s = median(good);
        if (!good.empty()) {
            const auto [least, most] = std::minmax_element(good.begin(), good.end());
            diagnosis_.spread = *most / *least - 1;
        }
    }

    /// The number of hypotheses of which one could be named by chance.
    std::size_t hypotheses(const Suspect& suspect, bool confirmed) const
    {
        if (confirmed) {
            return suspects_.size();
        }
        const std::size_t n = units();
        return 3 * (suspect.kind == SuspectKind::link ? n * (n - 1) / 2 : n) * suspects_.size();
    }

    void judge(Suspect suspect, std::size_t before)
    {
        const bool confirmed = !times_of(suspect, before, survey_.retest).empty();
        const auto& messages = confirmed ? survey_.retest : survey_.sweep;
        narrow_down(suspect, before, messages);
        const auto inside = times_of(suspect, before, messages);
        const auto outside = times_of_others(messages);
        const double chance = rules_.false_names / static_cast<double>(hypotheses(suspect, confirmed));
        const auto strict = median_ratio_interval(inside, outside, 1 - chance);
        if (!strict) {
            diagnosis_.notes.push_back(
                fmt::format("{} looks slow, but {} samples of it and {} of others are too few to judge",
                            names_.title(suspect), inside.size(), outside.size()));
            return;
        }
        if (strict->low < rules_.least) {
            ++diagnosis_.cleared;
            return;
        }
        SlowComponent finding = described(suspect);
        finding.slowdown = *median(inside) / *median(outside);
        finding.interval = median_ratio_interval(inside, outside, rules_.confidence).value_or(*strict);
        finding.samples = inside.size();
        finding.control_samples = outside.size();
        finding.confirmed = confirmed;
        count_pairs(suspect, before, finding);
        if (4 * finding.slow_pairs < 3 * finding.pairs) {  // sweep and retest disagree
            ++diagnosis_.cleared;
            return;
        }
        diagnosis_.findings.push_back(std::move(finding));
    }

    /// A link that is no slower than a node or direction that it is part of, and that is named too, has no fault of its
    /// own.
    void drop_explained_links()
    {
        const std::vector<SlowComponent> all = diagnosis_.findings;
        diagnosis_.cleared += std::erase_if(diagnosis_.findings, [&](const SlowComponent& link) {
            return link.kind == ComponentKind::link && std::ranges::any_of(all, [&](const SlowComponent& whole) {
                       return is_part_of(link, whole) && link.interval.low <= whole.slowdown * rules_.least;
                   });
        });
    }

    static bool is_part_of(const SlowComponent& link, const SlowComponent& whole)
    {
        const bool whole_end = whole.kind == ComponentKind::node || whole.kind == ComponentKind::direction;
        if (!whole_end || whole.of_ranks != link.of_ranks || whole.members.empty()) {
            return false;
        }
        const bool from_first = link.members[0] == whole.members[0];
        if (!from_first && link.members[1] != whole.members[0]) {
            return false;
        }
        if (whole.way == LinkDirection::both) {
            return true;
        }
        return link.way != LinkDirection::both && (link.way == whole.way) == from_first;
    }

    /// Narrows a suspect down to one direction where only that one is slow.
    void narrow_down(Suspect& suspect, std::size_t before, const std::vector<LinkMessage>& messages) const
    {
        if (suspect.way != LinkDirection::both || survey_.both_ways) {
            return;
        }
        const auto others = median(times_of_others(messages));
        std::array<std::optional<double>, 2> one_way;
        for (const LinkDirection way : {LinkDirection::out, LinkDirection::in}) {
            Suspect half = suspect;
            half.way = way;
            one_way[way == LinkDirection::out ? 0 : 1] = median(times_of(half, before, messages));
        }
        if (!others || !one_way[0] || !one_way[1]) {
            return;
        }
        const double out = std::log(*one_way[0] / *others);
        const double in = std::log(*one_way[1] / *others);
        if (in < out / 4) {
            suspect.way = LinkDirection::out;
        } else if (out < in / 4) {
            suspect.way = LinkDirection::in;
        }
    }

    /// Judges the sweep's pairs of units one by one.
    void count_pairs(const Suspect& suspect, std::size_t before, SlowComponent& finding) const
    {
        const auto others = median(times_of_others(survey_.sweep));
        std::map<std::pair<int, int>, std::vector<double>> pairs;
        for (const LinkMessage& message : survey_.sweep) {
            if (matches(suspect, before, message)) {
                pairs[std::minmax({unit_of(message.from), unit_of(message.to)})].push_back(message.seconds);
            }
        }
        finding.pairs = pairs.size();
        for (const auto& [pair, seconds] : pairs) {
            finding.slow_pairs +=
                others && *median(seconds) > *others * (1 + finding.slowdown) / 2 ? std::size_t{1} : 0;
        }
    }

    SlowComponent described(const Suspect& suspect) const
    {
        SlowComponent finding;
        switch (suspect.kind) {
            case SuspectKind::node:
            case SuspectKind::rank:
                finding.kind = suspect.way == LinkDirection::both ? ComponentKind::node : ComponentKind::direction;
                break;
            case SuspectKind::link:
                finding.kind = ComponentKind::link;
                break;
            case SuspectKind::boundary:
                finding.kind = ComponentKind::boundary;
                break;
        }
        finding.name = names_.title(suspect);
        finding.members = suspect.members;
        finding.of_ranks = suspect.of_ranks;
        if (finding.of_ranks) {
            std::transform(finding.members.begin(), finding.members.end(), finding.members.begin(),
                           [&](int rank) { return names_.world_rank(rank); });
        }
        finding.way = suspect.way;
        return finding;
    }

    void judge_compute()
    {
        const std::size_t ranks = survey_.compute.size();
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            std::vector<double> others;
            for (std::size_t other = 0; other < ranks; ++other) {
                if (other != rank) {
                    others.insert(others.end(), survey_.compute[other].begin(), survey_.compute[other].end());
                }
            }
            const auto& mine = survey_.compute[rank];
            const auto strict =
                median_ratio_interval(mine, others, 1 - rules_.false_names / static_cast<double>(ranks));
            if (!strict || strict->low < rules_.least) {
                continue;
            }
            SlowComponent finding;
            finding.kind = ComponentKind::rank;
            finding.name = say("{} compute", names_.member(static_cast<int>(rank), true));
            finding.members = {names_.world_rank(static_cast<int>(rank))};
            finding.of_ranks = true;
            finding.slowdown = *median(mine) / *median(others);
            finding.interval = median_ratio_interval(mine, others, rules_.confidence).value_or(*strict);
            finding.pairs = finding.slow_pairs = ranks - 1;
            finding.samples = mine.size();
            finding.control_samples = others.size();
            diagnosis_.findings.push_back(std::move(finding));
        }
    }

    void judge_floor()
    {
        const auto good = times_of_others(survey_.sweep);
        const auto interval = median_interval(good, rules_.confidence);
        if (!rules_.floor_bytes_per_s || !interval) {
            return;
        }
        const double wanted_s = static_cast<double>(survey_.bytes) / *rules_.floor_bytes_per_s;
        if (interval->low <= wanted_s) {
            return;
        }
        SlowComponent finding;
        finding.kind = ComponentKind::fabric;
        finding.name = say("all links");
        finding.slowdown = *median(good) / wanted_s;
        finding.interval = {interval->low / wanted_s, interval->high / wanted_s};
        finding.samples = good.size();
        finding.pairs = finding.slow_pairs = diagnosis_.links;
        diagnosis_.findings.insert(diagnosis_.findings.begin(), std::move(finding));
    }

    /// [unit, in the order of `unit_list`] medians of its links in both directions.
    std::vector<std::vector<double>> link_times_of_units(const std::vector<int>& unit_list) const
    {
        std::map<std::pair<int, int>, std::vector<double>> links;
        for (const LinkMessage& message : survey_.sweep) {
            if (evidence(message)) {
                links[{message.from, message.to}].push_back(message.seconds);
            }
        }
        std::map<int, std::vector<double>> of_unit;
        for (const auto& [ends, seconds] : links) {
            of_unit[unit_of(ends.first)].push_back(*median(seconds));
            of_unit[unit_of(ends.second)].push_back(*median(seconds));
        }
        std::vector<std::vector<double>> times;
        std::transform(unit_list.begin(), unit_list.end(), std::back_inserter(times),
                       [&](int unit) { return of_unit[unit]; });
        return times;
    }

    /// [unit, in the order of `unit_list`] samples of its compute.
    std::vector<std::vector<double>> compute_times_of_units(const std::vector<int>& unit_list) const
    {
        std::map<int, std::vector<double>> of_unit;
        for (std::size_t rank = 0; rank < survey_.compute.size(); ++rank) {
            auto& times = of_unit[unit_of(static_cast<int>(rank))];
            times.insert(times.end(), survey_.compute[rank].begin(), survey_.compute[rank].end());
        }
        std::vector<std::vector<double>> times;
        std::transform(unit_list.begin(), unit_list.end(), std::back_inserter(times),
                       [&](int unit) { return of_unit[unit]; });
        return times;
    }

    void compare_peers()
    {
        std::set<int> all;
        for (int rank = 0; rank < survey_.ranks; ++rank) {
            all.insert(unit_of(rank));
        }
        const std::vector<int> unit_list(all.begin(), all.end());
        std::vector<std::string> unit_names;
        std::transform(unit_list.begin(), unit_list.end(), std::back_inserter(unit_names),
                       [&](int unit) { return names_.member(unit, one_node()); });
        if (const auto criterion = fit_peer_criterion(link_times_of_units(unit_list))) {
            PeerStatement statement{
                .quantity = "messages", .criterion = *criterion, .names = unit_names, .of_floor = {}};
            if (rules_.floor_bytes_per_s && criterion->centre_s > 0) {
                statement.of_floor =
                    static_cast<double>(survey_.bytes) / criterion->centre_s / *rules_.floor_bytes_per_s;
            }
            diagnosis_.peers.push_back(std::move(statement));
        }
        if (const auto criterion = fit_peer_criterion(compute_times_of_units(unit_list))) {
            diagnosis_.peers.push_back(
                {.quantity = "compute", .criterion = *criterion, .names = unit_names, .of_floor = {}});
        }
    }

    /// What comes first takes another time than what follows it: no link's doing, however it falls on them.
    void note_effect_of_rest()
    {
        std::vector<double> ratios;
        for (std::size_t i = 0; i < std::min(survey_.rested.size(), survey_.repeated.size()); ++i) {
            if (evidence(survey_.rested[i])) {
                ratios.push_back(std::log(survey_.repeated[i].seconds / survey_.rested[i].seconds));
            }
        }
        const auto interval = median_interval(ratios, rules_.confidence);
        if (!interval || (interval->low <= smallest_effect && interval->high >= -smallest_effect)) {
            return;
        }
        const double ratio = std::exp(*median(ratios));
        const double credit = (1 - 1 / ratio) * static_cast<double>(survey_.bytes) * survey_.rest_batch;
        const std::string cause = ratio > 1
                                      ? fmt::format("a shaper or pacer with credit of about {:.2g} KiB", credit / 1024)
                                      : std::string("a link, a core or a connection that is slow to start");
        diagnosis_.notes.push_back(
            fmt::format("{} right after another takes {:.0f} % {} than after a rest ({}): each timed message "
                        "follows an untimed one of its own",
                        survey_.rest_batch == 1 ? "a message" : fmt::format("a row of {} messages", survey_.rest_batch),
                        100 * std::abs(ratio - 1), ratio > 1 ? "longer" : "less", cause));
    }

    /// None stands out: so would none, where the samples scatter too much.
    void note_detection_limit()
    {
        constexpr double ordinary = 1.1;
        const auto limit = diagnosis_.findings.empty() ? detection_limit(survey_) : std::nullopt;
        if (!limit || (limit->slowdown && *limit->slowdown <= ordinary)) {
            return;
        }
        diagnosis_.notes.push_back(
            limit->slowdown
                ? fmt::format("these samples scatter: one whose messages take less than {:.0f} % longer than the "
                              "others' would not stand out. Add passes, or repeat when the machine is quiet",
                              100 * (*limit->slowdown - 1))
                : fmt::format("these samples scatter: one whose messages take {:g} times as long as the others' "
                              "would not stand out. Add passes, or repeat when the machine is quiet",
                              largest_slowdown_tried));
    }

    void add_notes()
    {
        note_effect_of_rest();
        note_detection_limit();
        if (units() == 2) {
            diagnosis_.notes.emplace_back(
                "two ends alone can't tell which of them is slow: nothing but a difference of their directions is "
                "named");
        } else if (units() == 3) {
            diagnosis_.notes.emplace_back("with three, two slow ones look like one fast link between the others");
        }
        if (diagnosis_.links < diagnosis_.possible && diagnosis_.links > 0) {
            diagnosis_.notes.push_back(fmt::format("{} of {} links were measured: what goes through others is unknown",
                                                   diagnosis_.links, diagnosis_.possible));
        }
        if (diagnosis_.links == 0) {
            diagnosis_.notes.emplace_back("no link was measured");
        }
    }

    const PairwiseSamples& survey_;
    SuspectNames names_;
    const DiagnoseRules& rules_;
    std::vector<Suspect> suspects_;
    std::set<int> nodes_;
    Diagnosis diagnosis_;
};

}  // namespace

std::string_view name(ComponentKind kind)
{
    constexpr std::array<std::string_view, 6> names{"node", "direction", "link", "leaf", "rank", "fabric"};
    return names.at(static_cast<std::size_t>(kind));
}

Diagnosis diagnose(const PairwiseSamples& survey, const Names& names, const DiagnoseRules& rules)
{
    return Diagnostician(survey, names, rules).run();
}

}  // namespace plumbline
