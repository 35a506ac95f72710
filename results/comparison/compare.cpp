// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/compare.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/statistics/hypothesis_tests.hpp"
#include "results/summaries/summarize.hpp"

#include "collectives/operations/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace plumbline {
namespace {

constexpr double latency_bound = 1.5;
constexpr double bandwidth_bound = 0.8;

/// The properties that make two cases the same measurement, with what they are called, in the order in which a
/// difference is worth telling.
struct Property {
    std::string name;
    std::string value;
};

constexpr const char* parameters_name = "parameters";  ///< all of them; told one by one where they differ

std::vector<Property> properties(const CaseSummary& row, const std::string& start_mode)
{
    const CaseIdentity& what = row.header.what;
    const auto collective = parse_collective(what.pattern);
    const bool reduces = collective && info(*collective).reduces;
    std::vector<Property> all{{"pattern", what.pattern},
                              {"bytes", std::to_string(what.bytes)},
                              {"ranks", std::to_string(what.ranks)},
                              {"dtype", std::string(name(what.dtype))},
                              {"op", reduces ? std::string(name(what.op)) : ""},
                              {"nodes", std::to_string(what.nodes)},
                              {"placement", std::string(name(what.placement))},
                              {"in place", what.in_place ? "yes" : "no"},
                              {"root", std::to_string(what.root)},
                              {"rank set", std::to_string(what.subset)}};
    std::string parameters;
    for (const auto& [key, value] : what.parameters) {
        parameters += fmt::format("{}{}={}", parameters.empty() ? "" : " ", key, value);
    }
    all.push_back({parameters_name, parameters});
    all.push_back({"S", row.header.total_bytes == 0 ? "" : std::to_string(row.header.total_bytes)});
    all.push_back({"bus factor", row.header.bus_factor ? fmt::format("{:.9g}", *row.header.bus_factor) : ""});
    all.push_back({"common start", start_mode});
    return all;
}

/// A case of a run that may be compared, with what it is known by.
struct Candidate {
    const CaseSummary* row = nullptr;
    std::vector<Property> properties;
    std::string key;
};

/// `rows`: of the run, and there for as long as what is returned. `start`: that was asked for.
std::vector<Candidate> candidates(std::span<const CaseSummary> rows, const std::string& start)
{
    std::vector<Candidate> all;
    for (const CaseSummary& row : rows) {
        Candidate c{&row, properties(row, start), ""};
        for (const Property& p : c.properties) {
            c.key += p.value + '\n';
        }
        all.push_back(std::move(c));
    }
    return all;
}

/// The candidates of a run by what a search for a case that is like another one begins with.
class CandidateIndex {
public:
    explicit CandidateIndex(std::span<const Candidate> all)
    {
        for (const Candidate& c : all) {
            alike_[key(c, must_share)].push_back(&c);
            but_start_[key(c, c.properties.size() - 1)].push_back(&c);
        }
    }

    /// Of the same pattern, bytes and ranks: those that are equal but for the common start, and then the first ones.
    std::vector<const Candidate*> like(const Candidate& c) const
    {
        constexpr std::size_t most = 1000;  // of a log with as many equal rows
        std::vector<const Candidate*> found;
        for (const auto& [index, shared] :
             {std::pair(&but_start_, c.properties.size() - 1), std::pair(&alike_, must_share)}) {
            if (const auto at = index->find(key(c, shared)); at != index->end()) {
                const auto count = static_cast<std::ptrdiff_t>(std::min(at->second.size(), most));
                found.insert(found.end(), at->second.begin(), at->second.begin() + count);
            }
        }
        return found;
    }

private:
    static constexpr std::size_t must_share = 3;
    using Index = std::map<std::string, std::vector<const Candidate*>>;

    static std::string key(const Candidate& c, std::size_t shared)
    {
        std::string text;
        for (std::size_t i = 0; i < shared; ++i) {
            text += c.properties[i].value + '\n';
        }
        return text;
    }

    Index alike_, but_start_;
};

std::optional<std::string> why_unusable(const CaseSummary& row)
{
    if (row.header.status != CaseStatus::measured) {
        return fmt::format("{}: {}", name(row.header.status), row.header.why);
    }
    return row.median_s ? std::nullopt : std::optional<std::string>("no samples");
}

/// What a parameter is where a case doesn't have it; empty where that is nothing.
std::string_view unwritten(std::string_view key)
{
    return key == "timing" ? name(TimingRegime::drained) : key == "calls" ? name(CallForm::grouped) : "";
}

/// Why `lonely`, a measured case, has no counterpart: what tells it from the case of the other run that is most like
/// it, if one shares at least pattern, bytes and ranks.
Sentence why_unmatched(const Candidate& lonely, const CandidateIndex& others, const std::string& other_label)
{
    const Candidate* nearest = nullptr;
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    const auto differences = [&](const Candidate& other) {
        std::vector<std::size_t> differing;
        for (std::size_t i = 0; i < lonely.properties.size(); ++i) {
            // A case without samples has no start mode to differ in.
            const bool unknown = i + 1 == lonely.properties.size() && why_unusable(*other.row);
            if (!unknown && lonely.properties[i].value != other.properties[i].value) {
                differing.push_back(i);
            }
        }
        return differing;
    };
    for (const Candidate* const other : others.like(lonely)) {
        const std::size_t differing = differences(*other).size();
        if (differing < fewest) {
            nearest = other;
            fewest = differing;
        }
    }
    if (nearest == nullptr) {
        return say("no such case in {}", other_label);
    }
    const auto differing = differences(*nearest);
    if (differing.empty()) {
        const auto why = why_unusable(*nearest->row);
        return why ? say("{} in {}", Sentence(*why), other_label) : say("twice in {}", other_label);
    }
    Sentence text;
    const auto add = [&](const std::string& name, const std::string& own, const std::string& other) {
        const auto shown = [](const std::string& value) { return value.empty() ? word("none") : Sentence(value); };
        if (own != other) {
            const Sentence one = say("{} is {}, {} in {}", word(name), shown(own), shown(other), other_label);
            text = text.empty() ? one : say("{}; {}", text, one);
        }
    };
    for (const std::size_t i : differing) {
        if (lonely.properties[i].name != parameters_name) {
            add(lonely.properties[i].name, lonely.properties[i].value, nearest->properties[i].value);
            continue;
        }
        const auto& own = lonely.row->header.what.parameters;
        const auto& others_own = nearest->row->header.what.parameters;
        auto keys = own;
        keys.insert(others_own.begin(), others_own.end());
        const auto value_in = [](const auto& parameters, const std::string& key) {
            const auto found = parameters.find(key);
            return found == parameters.end() ? std::string(unwritten(key)) : found->second;
        };
        for (const auto& [key, value] : keys) {
            add(key, value_in(own, key), value_in(others_own, key));
        }
    }
    return text;
}

std::string series_key(const CaseSummary& row)
{
    CaseIdentity what = row.header.what;
    what.bytes = 0;
    return fmt::format("{} {} {} {}", family_key(what), what.ranks, what.nodes, what.subset);
}

std::map<int, Regime> regimes_of(std::span<const CaseSummary> cases)
{
    std::map<std::string, std::vector<const CaseSummary*>> series;
    std::map<int, Regime> regimes;
    for (const CaseSummary& row : cases) {
        const bool step = pattern_info(row.header.what.pattern).kind == PatternKind::workload;
        if (row.bubble_fraction || step) {
            regimes[row.header.id] = Regime::step;
        } else if (row.median_s) {
            series[series_key(row)].push_back(&row);
        }
    }
    for (const auto& [key, rows] : series) {
        double fastest = std::numeric_limits<double>::infinity();
        double best = 0;
        const auto rate = [](const CaseSummary& row) {
            return static_cast<double>(row.header.total_bytes) / row.median_s.value_or(1);
        };
        for (const CaseSummary* row : rows) {
            fastest = std::min(fastest, row->median_s.value_or(fastest));
            best = std::max(best, rate(*row));
        }
        for (const CaseSummary* row : rows) {
            regimes[row->header.id] = rows.size() == 1                            ? Regime::one_size
                                      : *row->median_s <= latency_bound * fastest ? Regime::latency
                                      : rate(*row) >= bandwidth_bound * best      ? Regime::bandwidth
                                                                                  : Regime::transition;
        }
    }
    return regimes;
}

/// ratio * (reference's / other's) where both say what a node costs or draws.
std::optional<double> per(double ratio, const std::optional<double>& reference, const std::optional<double>& other)
{
    return reference && other && *other > 0 ? std::optional(ratio * *reference / *other) : std::nullopt;
}

std::optional<double> busbw_of(const CaseSummary& row)
{
    const bool has = row.median_s && *row.median_s > 0 && row.header.total_bytes > 0 && row.header.bus_factor;
    return has ? std::optional(static_cast<double>(row.header.total_bytes) / *row.median_s * *row.header.bus_factor)
               : std::nullopt;
}

/// Sets what the two samples of a case say, without looking at other cases.
void judge_alone(ComparedCase& result, std::span<const double> reference, std::span<const double> other,
                 double confidence)
{
    result.interval = median_ratio_interval(reference, other, confidence);
    result.effect = cliffs_delta(other, reference);
    result.p_value = separation_p(reference, other);
}

/// p-value of a ratio that is further from 1 than `spread`, on its own side.
std::optional<double> p_beyond_spread(const ComparedCase& c, std::span<const double> reference,
                                      std::span<const double> other, double spread)
{
    const double factor = c.ratio < 1 ? 1 + spread : 1 / (1 + spread);
    const bool beyond = c.ratio < 1 ? c.ratio * factor < 1 : c.ratio * factor > 1;
    return beyond ? separation_p(reference, other, factor) : std::optional(1.0);
}

class Comparer {
public:
    Comparer(std::span<const ComparedRun> runs, const CompareSettings& settings)
        : runs_(runs), launch_spread_(settings.launch_spread)
    {
        result_.confidence = runs.front().measured.confidence;
        result_.worse_limit = settings.worse_limit;
        for (const ComparedRun& run : runs) {
            std::transform(run.measured.cases.begin(), run.measured.cases.end(),
                           std::back_inserter(rows_.emplace_back()), with_point_value);
        }
    }

    Comparison compare()
    {
        const auto regimes = regimes_of(rows_[0]);
        for (std::size_t run = 1; run < runs_.size(); ++run) {
            // No log says how its ranks were brought to a common start.
            const bool unsaid = is_imported(runs_[0].info) || is_imported(runs_[run].info);
            match(run, candidates(rows_[0], unsaid ? "" : asked_start(runs_[0].info)),
                  candidates(rows_[run], unsaid ? "" : asked_start(runs_[run].info)), regimes);
        }
        correct_for_many();
        return std::move(result_);
    }

private:
    void match(std::size_t run, std::span<const Candidate> reference, std::span<const Candidate> others,
               const std::map<int, Regime>& regimes)
    {
        std::map<std::string, const Candidate*> by_key;
        for (const Candidate& c : others) {
            if (!why_unusable(*c.row)) {
                by_key.emplace(c.key, &c);
            }
        }
        const CandidateIndex of_reference(reference);
        const CandidateIndex of_others(others);
        std::set<std::string> used;
        for (const Candidate& c : reference) {
            const auto found = by_key.find(c.key);
            if (const auto why = why_unusable(*c.row)) {
                result_.unmatched.push_back({0, c.row->header.what, *why});
            } else if (found == by_key.end() || !used.insert(c.key).second) {
                result_.unmatched.push_back({0, c.row->header.what, why_unmatched(c, of_others, runs_[run].label)});
            } else {
                add(run, *c.row, *found->second->row, regimes.at(c.row->header.id));
            }
        }
        for (const Candidate& c : others) {
            if (const auto why = why_unusable(*c.row)) {
                result_.unmatched.push_back({run, c.row->header.what, *why});
            } else if (!used.contains(c.key)) {
                result_.unmatched.push_back({run, c.row->header.what, why_unmatched(c, of_reference, runs_[0].label)});
            }
        }
    }

    void add(std::size_t run, const CaseSummary& a, const CaseSummary& b, Regime regime)
    {
        ComparedCase c;
        c.run = run;
        c.what = a.header.what;
        c.reference_id = a.header.id;
        c.id = b.header.id;
        c.regime = regime;
        c.reference_s = a.median_s.value_or(0);
        c.time_s = b.median_s.value_or(0);
        if (c.reference_s <= 0 || c.time_s <= 0) {
            // Of one rank alone a simulated clock may see nothing on either side; else the reference's case is lost.
            const bool nothing_to_compare = c.reference_s <= 0 && c.time_s <= 0;
            const std::string& whose = (c.reference_s <= 0 ? runs_[0] : runs_[run]).label;
            result_.unmatched.push_back(
                {nothing_to_compare ? run : 0, c.what, say("its time in {} is 0, which has no ratio", whose)});
            return;
        }
        c.ratio = c.reference_s / c.time_s;
        c.reference_busbw_bytes_per_s = busbw_of(a);
        c.busbw_bytes_per_s = busbw_of(b);
        c.reference_tokens_per_s = a.tokens_per_s;
        c.tokens_per_s = b.tokens_per_s;
        c.per_price = per(c.ratio, runs_[0].price, runs_[run].price);
        c.per_power = per(c.ratio, runs_[0].power_kw, runs_[run].power_kw);
        if (a.header.reported || b.header.reported) {
            c.point_value = true;
            evidence_.emplace_back();
            result_.cases.push_back(std::move(c));
            return;
        }
        const auto of_a = runs_[0].measured.observations(a.header.id);
        const auto of_b = runs_[run].measured.observations(b.header.id);
        judge_alone(c, of_a, of_b, result_.confidence);
        const bool fewer_here = of_b.size() < of_a.size();
        Evidence evidence{.count = std::min(of_a.size(), of_b.size()), .of = (fewer_here ? b : a).interval_over};
        if (may_differ_by_launch(run, a, b) && of_a != of_b) {
            evidence.spread = launch_spread_;
            result_.launch_spread = launch_spread_;
        }
        evidence.p_beyond_spread = evidence.spread > 0 ? p_beyond_spread(c, of_a, of_b, evidence.spread) : c.p_value;
        // Slower by more than the limit: time_b > time_a / (1 - limit), and only on that side.
        const double limit = (1 - result_.worse_limit.value_or(0)) / (1 + evidence.spread);
        evidence.p_beyond_limit = c.ratio < limit ? separation_p(of_a, of_b, 1 / limit) : std::optional(1.0);
        evidence_.push_back(std::move(evidence));
        result_.cases.push_back(std::move(c));
    }

    /// A file of one launch doesn't know how launches differ; simulated ones don't.
    bool may_differ_by_launch(std::size_t run, const CaseSummary& a, const CaseSummary& b) const
    {
        const auto is_one = [](const ComparedRun& r, const CaseSummary& row) {
            return !r.info.simulated && row.interval_over != "launches";
        };
        return launch_spread_ > 0 && (is_one(runs_[0], a) || is_one(runs_[run], b));
    }

    void correct_for_many()
    {
        const double alpha = 1 - result_.confidence;
        std::vector<std::optional<double>> p_values, p_beyond_spread;
        for (std::size_t i = 0; i < result_.cases.size(); ++i) {
            p_values.push_back(result_.cases[i].p_value);
            p_beyond_spread.push_back(evidence_[i].p_beyond_spread);
        }
        const auto shown = holm(p_values, alpha);
        const auto shown_of_launches = holm(p_beyond_spread, alpha);
        const auto with_samples = static_cast<std::size_t>(
            std::ranges::count_if(result_.cases, [](const ComparedCase& c) { return !c.point_value; }));
        const std::size_t needed = samples_to_show(alpha, std::max<std::size_t>(1, with_samples));
        for (std::size_t i = 0; i < result_.cases.size(); ++i) {
            ComparedCase& c = result_.cases[i];
            if (c.point_value) {
                continue;
            }
            c.difference = c.ratio > 1 ? Difference::better : Difference::worse;
            if (!shown[i]) {
                const auto& [count, of] = std::pair(evidence_[i].count, evidence_[i].of);
                c.difference = count < needed ? Difference::unknown : Difference::not_significant;
                c.why =
                    count < needed ? fmt::format("{} of {} {} needed", count, needed, of.empty() ? "samples" : of) : "";
            } else if (!shown_of_launches[i]) {
                c.difference = Difference::unknown;
                c.why = fmt::format("1 of {} launches needed", needed);
            }
        }
        summarise_regimes();
        if (result_.worse_limit) {
            std::vector<std::optional<double>> p_beyond_limit;
            std::ranges::transform(evidence_, std::back_inserter(p_beyond_limit), &Evidence::p_beyond_limit);
            decide(holm(p_beyond_limit, alpha));
        }
    }

    void summarise_regimes()
    {
        for (std::size_t run = 1; run < runs_.size(); ++run) {
            for (const Regime regime :
                 {Regime::latency, Regime::transition, Regime::bandwidth, Regime::step, Regime::one_size}) {
                summarise(run, regime);
            }
        }
    }

    void summarise(std::size_t run, Regime regime)
    {
        RegimeSummary summary;
        summary.run = run;
        summary.regime = regime;
        summary.lowest = std::numeric_limits<double>::infinity();
        summary.highest = 0;
        double logarithms = 0;
        for (const ComparedCase& c : result_.cases) {
            if (c.run != run || c.regime != regime) {
                continue;
            }
            ++summary.cases;
            summary.better += c.difference == Difference::better ? 1U : 0U;
            summary.worse += c.difference == Difference::worse ? 1U : 0U;
            summary.lowest = std::min(summary.lowest, c.ratio);
            summary.highest = std::max(summary.highest, c.ratio);
            logarithms += std::log(c.ratio);
        }
        if (summary.cases == 0) {
            return;
        }
        summary.geometric_mean = std::exp(logarithms / static_cast<double>(summary.cases));
        summary.per_price = per(summary.geometric_mean, runs_[0].price, runs_[run].price);
        summary.per_power = per(summary.geometric_mean, runs_[0].power_kw, runs_[run].power_kw);
        result_.regimes.push_back(summary);
    }

    void decide(const std::vector<bool>& shown_beyond)
    {
        const double limit = 1 - result_.worse_limit.value_or(0);
        const bool fake = std::ranges::any_of(runs_, [](const ComparedRun& r) { return r.measured.fake_library; });
        Verdict verdict = Verdict::pass;
        for (const UnmatchedCase& lost : result_.unmatched) {
            verdict = lost.run == 0 ? worst(verdict, Verdict::not_measured) : verdict;
        }
        for (std::size_t i = 0; i < result_.cases.size(); ++i) {
            if (shown_beyond[i]) {
                verdict = worst(verdict, Verdict::fail);
            } else if (may_be_beyond(i, limit)) {
                verdict = worst(verdict, Verdict::inconclusive);
            }
        }
        result_.verdict = fake ? Verdict::not_measured : verdict;
        for (std::size_t i = 0; i < result_.cases.size(); ++i) {
            const bool straddles = !shown_beyond[i] && may_be_beyond(i, limit);
            if ((result_.verdict == Verdict::fail && shown_beyond[i]) ||
                (result_.verdict == Verdict::inconclusive && straddles)) {
                result_.deciding.push_back(i);
            }
        }
    }

    /// Whether the ratio of this case may be below `limit`, launches allowed for.
    bool may_be_beyond(std::size_t i, double limit) const
    {
        const auto& interval = result_.cases[i].interval;
        return !interval || interval->low < limit * (1 + evidence_[i].spread);
    }

    /// What a case's two sides show.
    struct Evidence {
        std::size_t count = 0;  ///< observations of the side that has fewer
        std::string of = {};    ///< what they are
        double spread = 0;      ///< of launches, where a side is of one
        std::optional<double> p_beyond_spread = {}, p_beyond_limit = {};
    };

    std::span<const ComparedRun> runs_;
    double launch_spread_;
    std::vector<std::vector<CaseSummary>> rows_;  ///< [run], with what was reported in place of a median
    Comparison result_;
    std::vector<Evidence> evidence_;  ///< [case]
};

}  // namespace

std::string_view name(Regime regime)
{
    constexpr std::array<std::string_view, 5> names{"latency-bound", "transition", "bandwidth-bound", "training-step",
                                                    "one-size"};
    return names.at(static_cast<std::size_t>(regime));
}

std::string_view name(Difference difference)
{
    constexpr std::array<std::string_view, 4> names{"better", "worse", "no difference shown", "unknown"};
    return names.at(static_cast<std::size_t>(difference));
}

Comparison compare(std::span<const ComparedRun> runs, const CompareSettings& settings)
{
    if (runs.size() < 2) {
        throw std::logic_error("a comparison is of at least two runs");
    }
    Comparison result = Comparer(runs, settings).compare();
    result.manifest = environment_differences(runs);
    return result;
}

}  // namespace plumbline
