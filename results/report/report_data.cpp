// SPDX-License-Identifier: Apache-2.0
#include "results/report/report_data.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/patterns/pattern.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_titles.hpp"
#include "results/records/link_rows.hpp"
#include "results/records/links.hpp"
#include "results/records/round.hpp"
#include "results/records/timeline.hpp"
#include "results/report/case_data.hpp"
#include "results/report/explanations.hpp"
#include "results/report/json_parts.hpp"
#include "results/report/rank_dots.hpp"
#include "results/summaries/disturbances.hpp"
#include "results/summaries/link_matrix.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/summarize.hpp"
#include "results/verdicts/settle.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

namespace plumbline::report {
namespace {

constexpr std::size_t most_bins = 40;

/// How far the worse end of the interval lies on the right side of the threshold, relative to it.
std::optional<double> margin(const Finding& finding)
{
    const auto threshold = finding.at_least ? finding.at_least : finding.at_most;
    if (!finding.value.interval || !threshold || *threshold == 0) {
        return std::nullopt;
    }
    return finding.at_least ? finding.value.interval->low / *threshold - 1
                            : 1 - finding.value.interval->high / *threshold;
}

Json finding_json(const Finding& finding)
{
    const WrittenNumbers written = written_numbers(finding);
    return {{"target", text_of(finding.target)},
            {"metric", finding.metric ? Json(info(*finding.metric).name) : Json(nullptr)},
            {"unit", finding.metric ? said(word(info(*finding.metric).unit)) : Json("")},
            {"at", said(finding.at)},
            {"case_id", finding.case_id < 0 ? Json(nullptr) : Json(finding.case_id)},
            {"ranks", finding.ranks},
            {"base_ranks", finding.base_ranks},
            {"base_nodes", finding.base_nodes},
            {"definition", finding.definition.empty() ? Json("") : said(shipped_or_verbatim(finding.definition))},
            {"base_in_nodes", finding.base_in_nodes},
            {"base_value", number(finding.base_value)},
            {"base_unit", finding.base_unit},
            {"held_fixed", finding.metric ? Json(info(*finding.metric).held_fixed) : Json("")},
            {"written", {{"estimate", written.estimate}, {"low", written.low}, {"high", written.high}}},
            {"bound", said(bound_said(finding))},
            {"threshold", number(finding.at_least ? finding.at_least : finding.at_most)},
            {"estimate", number(finding.value.estimate)},
            {"interval", interval_of(finding.value.interval)},
            {"margin", number(margin(finding))},
            {"verdict", name(finding.verdict)},
            {"why", said(finding.why)}};
}

/// What targets of several findings come to, in words.
Json outcomes_json(const Judgement& judgement)
{
    Json rows = Json::array();
    for (const TargetOutcome& outcome : target_outcomes(judgement)) {
        if (outcome.findings > 1) {
            rows.push_back({{"target", text_of(outcome.target)}, {"text", said(outcome_text(outcome))}});
        }
    }
    return rows;
}

/// The rates behind the ideal lines, and where they come from.
Json links_json(const IdealTimes& ideals)
{
    Json rows = Json::array();
    const auto add = [&](const char* between, const std::optional<LinkRate>& rate, bool stated) {
        if (rate) {
            rows.push_back({{"between", between},
                            {"bytes_per_s", number(rate->bytes_per_s)},
                            {"latency_s", number(rate->latency_s)},
                            {"reduces", rate->reduces},
                            {"stated", stated}});
        }
    };
    add("intra_node", ideals.links.intra_node, ideals.intra_node_stated);
    add("inter_node", ideals.links.inter_node, ideals.inter_node_stated);
    return rows;
}

Json scaling_json(const ScalingRow& row)
{
    return {{"metric", info(row.metric).name},
            {"case_id", row.case_id},
            {"base_case_id", row.base_case_id},
            {"ranks", row.ranks},
            {"base_ranks", row.base_ranks},
            {"base_value", number(row.base_value)},
            {"base_unit", row.base_unit},
            {"efficiency", number(row.efficiency)},
            {"interval", interval_of(row.interval)},
            {"speedup", number(row.speedup)},
            {"across", row.across_fabrics}};
}

Json histogram_json(const CaseSummary& row, const CaseRecord& record)
{
    const auto times = slowest_seconds(record);
    const auto root = static_cast<std::size_t>(2 * std::sqrt(static_cast<double>(times.size())));
    const auto bins = histogram(times, std::clamp<std::size_t>(root, 1, most_bins));
    if (!bins) {
        return nullptr;
    }
    return {{"id", row.header.id},
            {"low_s", number(bins->low_s)},
            {"high_s", number(bins->high_s)},
            {"counts", bins->counts}};
}

/// What the system did to each rank, summed over the rounds of all cases.
struct RankNoise {
    double seconds = 0;
    std::optional<double> involuntary_switches;
};

void add_interference(std::map<int, RankNoise>& ranks, const CaseRecord& record)
{
    for (const Round& round : record.rounds) {
        for (std::size_t i = 0; i < std::min(round.interference.size(), record.header.world_ranks.size()); ++i) {
            RankNoise& noise = ranks[record.header.world_ranks[i]];
            const Interference& seen = round.interference[i];
            noise.seconds += seen.seconds;
            if (seen.involuntary_switches) {
                noise.involuntary_switches = noise.involuntary_switches.value_or(0) + *seen.involuntary_switches;
            }
        }
    }
}

/// More dots are no picture any more, and would make a page of many megabytes.
constexpr std::size_t most_dots = 2000;

Json dots_json(std::vector<RankDot> all, const RunMetadata& info)
{
    const RankDots shown = dots_for_picture(std::move(all), info, most_dots);
    std::map<int, int> node_of;
    for (const RankLocation& place : info.places) {
        node_of.emplace(place.rank, place.node);
    }
    Json rows = Json::array();
    for (const RankDot& dot : shown.dots) {
        Json row{{"rank", dot.rank}, {"probe", dot.probe}, {"value", number(dot.value)}};
        const auto place = node_of.find(dot.rank);
        if (shown.of_hosts && place != node_of.end() && static_cast<std::size_t>(place->second) < info.hosts.size()) {
            row["host"] = text_of(info.hosts[static_cast<std::size_t>(place->second)]);
        }
        rows.push_back(std::move(row));
    }
    return {{"of_hosts", shown.of_hosts}, {"left_out", shown.left_out}, {"dots", std::move(rows)}};
}

Json switches_json(const std::map<int, RankNoise>& ranks, const RunMetadata& info)
{
    std::vector<RankDot> dots;
    for (const auto& [rank, noise] : ranks) {
        if (noise.involuntary_switches && noise.seconds > 0) {
            dots.push_back({.rank = rank, .probe = 0, .value = *noise.involuntary_switches / noise.seconds});
        }
    }
    return dots_json(std::move(dots), info);
}

Json probes_json(std::span<const HostProbe> probes, const RunMetadata& info)
{
    std::vector<RankDot> dots;
    for (std::size_t i = 0; i < probes.size(); ++i) {
        for (const RankProbe& rank : probes[i].ranks) {
            if (const auto share = noise_share(rank)) {
                dots.push_back({.rank = rank.rank, .probe = static_cast<int>(i), .value = *share});
            }
        }
    }
    return dots_json(std::move(dots), info);
}

constexpr std::size_t most_steps = 4000;           // of one timeline
constexpr std::size_t most_steps_of_page = 12000;  // of all of them

/// One step of a workload as it was traced, or null.
Json timeline_json(const CaseRecord& record)
{
    for (const Round& round : record.rounds) {
        if (!round.timeline || round.timeline->steps.empty()) {
            continue;
        }
        Json bars = Json::array();
        for (const TimelineStep& step :
             std::span(round.timeline->steps).first(std::min(most_steps, round.timeline->steps.size()))) {
            bars.push_back({step.rank, text_of(step.kind), text_of(step.part), number(step.begin_s), number(step.end_s),
                            step.microbatch});
        }
        const std::size_t left_out =
            round.timeline->steps.size() - bars.size() + static_cast<std::size_t>(round.timeline->steps_left_out);
        return {{"id", record.header.id},
                {"ranks", record.header.what.ranks},
                {"left_out", left_out},
                {"bars", std::move(bars)}};
    }
    return nullptr;
}

/// Of each series the largest scale's timeline: the others say less of the same.
class Timelines {
public:
    void add(const CaseRecord& record)
    {
        auto& [ranks, timeline] = largest_[series_title(record.header.what).english()];
        if (record.header.what.ranks > ranks) {
            if (Json found = timeline_json(record); !found.is_null()) {
                ranks = record.header.what.ranks;
                timeline = std::move(found);
            }
        }
    }
    Json all() const
    {
        Json timelines = Json::array();
        std::size_t steps = 0;
        for (const auto& [series, largest] : largest_) {
            if (!largest.second.is_null() && timelines.size() < 8 && steps < most_steps_of_page) {
                steps += largest.second["bars"].size();
                timelines.push_back(largest.second);
            }
        }
        return timelines;
    }

private:
    std::map<std::string, std::pair<int, Json>> largest_;
};

/// More ranks are no picture any more, and would make a page of many megabytes.
constexpr std::size_t most_ends = 96;
constexpr std::size_t most_cells_of_page = 40000;

/// The links of a case of pattern links, or null: names of the ranks, and [sender, receiver, seconds] of each that was
/// measured.
Json pairs_json(const CaseRecord& record, const RunMetadata& info)
{
    if (record.header.world_ranks.size() > most_ends) {
        return nullptr;
    }
    const LinkMatrix links = link_medians(record);
    if (links.ranks == 0) {
        return nullptr;
    }
    Json names = Json::array();
    for (const int rank : record.header.world_ranks) {
        const auto place = static_cast<std::size_t>(rank);
        names.push_back(
            text_of(place < info.places.size()
                        ? fmt::format("{} {}", rank, info.hosts.at(static_cast<std::size_t>(info.places[place].node)))
                        : std::to_string(rank)));
    }
    Json cells = Json::array();
    for (const LinkTime& link : links.links) {
        cells.push_back({link.from, link.to, link.seconds});
    }
    return {{"id", record.header.id}, {"names", std::move(names)}, {"cells", std::move(cells)}};
}

template <class Rows, class ToJson>
Json array_of(const Rows& rows, ToJson to_json)
{
    Json array = Json::array();
    for (const auto& row : rows) {
        array.push_back(to_json(row));
    }
    return array;
}

/// Seconds from each launch's start to the end of its last round, summed: what lies between launches is no part of it.
std::optional<double> duration_s(const RunMetadata& info, const std::map<int, double>& ended_unix_s)
{
    std::optional<double> sum;
    for (const auto& [launch, ended] : ended_unix_s) {
        const auto index = static_cast<std::size_t>(launch);
        const double started = index < info.launches.size() ? info.launches[index].started_unix_s : info.started_unix_s;
        if (ended > started) {  // an imported log's case has a round that took no time
            sum = sum.value_or(0) + ended - started;
        }
    }
    return sum;
}

Json acceptance_json(const ReportedRun& run)
{
    const Acceptance& about = run.acceptance;
    const auto lines = [](const std::vector<std::string>& texts) {
        return array_of(texts, [](const std::string& line) { return text_of(line); });
    };
    Json items = Json::array();
    for (const TargetOutcome& outcome : target_outcomes(run.judgement)) {
        const auto clause = about.clauses.find(outcome.target);
        items.push_back({{"target", text_of(outcome.target)},
                         {"clause", clause == about.clauses.end() ? Json("") : text_of(clause->second)},
                         {"verdict", name(outcome.verdict)},
                         {"conclusion", said(conclusion_of(run.judgement, outcome.target))}});
    }
    return {{"stated", about != Acceptance{}},         {"project", text_of(about.project)},
            {"contract", text_of(about.contract)},     {"report_number", text_of(about.report_number)},
            {"version", text_of(about.version)},       {"confidentiality", text_of(about.confidentiality)},
            {"client", text_of(about.client)},         {"contractor", text_of(about.contractor)},
            {"test_party", text_of(about.test_party)}, {"witness", text_of(about.witness)},
            {"tester", text_of(about.tester)},         {"date", text_of(about.date)},
            {"scope", text_of(about.scope)},           {"basis", lines(about.basis)},
            {"deviations", lines(about.deviations)},   {"items", std::move(items)}};
}

std::vector<std::string> rank_names(const RunMetadata& info)
{
    std::vector<std::string> names;
    for (const RankLocation& place : info.places) {
        const auto node = static_cast<std::size_t>(place.node);
        names.push_back(node < info.hosts.size() ? fmt::format("rank {} on {}", place.rank, info.hosts[node])
                                                 : fmt::format("rank {}", place.rank));
    }
    return names;
}

Json run_json(const ReportedRun& run)
{
    const std::vector<std::string> names = rank_names(run.info);
    const CaseTitles titles = titles_of(run.cases);
    std::vector<Disturbance> disturbances;
    std::size_t rounds = 0;
    Json histograms = Json::array();
    std::map<int, RankNoise> noise;
    Timelines timelines;
    Json pairs = Json::array();
    std::size_t cells = 0;               // of all pictures of pairs
    std::map<int, double> ended_unix_s;  // of each launch
    for (const CaseSummary& row : run.cases) {
        const CaseRecord record = run.load(row.header.id);
        for (const Round& round : record.rounds) {
            double& ended = ended_unix_s[round.launch];
            ended = std::max(ended, round.started_unix_s + round.elapsed_s);
        }
        auto found = disturbances_of(record, run.info.confidence, names);
        std::ranges::move(found, std::back_inserter(disturbances));
        rounds += record.rounds.size();
        add_interference(noise, record);
        timelines.add(record);
        if (Json links = cells < most_cells_of_page ? pairs_json(record, run.info) : Json(); !links.is_null()) {
            cells += links["cells"].size();
            pairs.push_back(std::move(links));
        }
        if (Json bins = histogram_json(row, record); !bins.is_null()) {
            histograms.push_back(std::move(bins));
        }
    }
    Json object = run_info_json(run.info);
    object.update(
        {{"file", text_of(run.file)},
         {"file_bytes", run.file_bytes},
         {"sha256", run.sha256},
         {"complete", run.complete},
         {"verdict", run.judgement.verdict ? Json(name(*run.judgement.verdict)) : Json(nullptr)},
         {"duration_s", number(duration_s(run.info, ended_unix_s))},
         {"launches", std::max<std::size_t>(1, run.info.launches.size())},
         {"machine_states", run.machine_states ? said(*run.machine_states) : Json(nullptr)},
         {"scenario", run.info.scenario_text},
         {"findings", array_of(run.judgement.findings, finding_json)},
         {"outcomes", outcomes_json(run.judgement)},
         {"acceptance", acceptance_json(run)},
         {"explanations", array_of(explanations(run.judgement),
                                   [](const Explanation& one) {
                                       return Json{{"target", text_of(one.target)}, {"says", array_of(one.says, said)}};
                                   })},
         {"disturbed", said(disturbances_said(disturbances, rounds))},
         {"disturbances", array_of(disturbances,
                                   [&](const Disturbance& one) {
                                       return Json{
                                           {"case_id", one.case_id}, {"rounds", one.rounds}, {"what", said(one.what)}};
                                   })},
         {"links", links_json(run.ideals)},
         {"cases",
          array_of(run.cases,
                   [&](const CaseSummary& row) { return case_json(row, titles.of(row.header.what), run.ideals); })},
         {"scaling", array_of(run.scaling, scaling_json)},
         {"histograms", std::move(histograms)},
         {"timelines", timelines.all()},
         {"pairs", std::move(pairs)},
         {"probes", probes_json(run.probes, run.info)},
         {"switches", switches_json(noise, run.info)}});
    return object;
}

}  // namespace

std::optional<Histogram> histogram(std::span<const double> seconds, std::size_t bins)
{
    if (seconds.empty()) {
        return std::nullopt;
    }
    const auto [low, high] = std::minmax_element(seconds.begin(), seconds.end());
    Histogram result{.low_s = *low, .high_s = *high, .counts = {}};
    if (*low <= 0 || *low == *high) {
        result.counts = {seconds.size()};
        return result;
    }
    const double span = std::log(*high / *low);
    result.counts.assign(bins, 0);
    for (const double s : seconds) {
        const auto bin = static_cast<std::size_t>(std::log(s / *low) / span * static_cast<double>(bins));
        ++result.counts[std::min(bin, bins - 1)];
    }
    return result;
}

std::string report_data(std::span<const ReportedRun> runs, Language language)
{
    const std::optional<Verdict> verdict = verdict_of_all(runs);
    Json page{{"kind", "report"},
              {"language", name(language)},
              {"verdict", verdict ? Json(name(*verdict)) : Json(nullptr)},
              {"texts", texts_json()},
              {"runs", array_of(runs, run_json)}};
    return page.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Verdict> verdict_of_all(std::span<const ReportedRun> runs)
{
    std::optional<Verdict> verdict;
    for (const ReportedRun& run : runs) {
        if (const auto of_run = run.judgement.verdict) {
            verdict = worst(verdict.value_or(Verdict::pass), *of_run);
        }
    }
    return verdict;
}

}  // namespace plumbline::report
