// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/algorithm_comparison.hpp"

#include "collectives/util/units.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_summary.hpp"
#include "results/util/json_number.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/base_ratio.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;
using text::printable;

CaseIdentity by_default(CaseIdentity what)
{
    what.parameters.erase("algorithm");
    return what;
}

/// A case by the library's choice, and the same by its algorithms.
struct Contest {
    const CaseSummary* standard = nullptr;
    std::vector<const CaseSummary*> others;
    std::vector<const CaseSummary*> alike;  ///< of these those that were measured on the same machine
};

bool has_time(const CaseSummary& row)
{
    return row.header.status == CaseStatus::measured && row.median_s && *row.median_s > 0;
}

std::vector<Contest> contests(std::span<const CaseSummary> cases)
{
    std::vector<Contest> found;
    for (const CaseSummary& standard : cases) {
        if (algorithm_of(standard.header.what) || !has_time(standard)) {
            continue;
        }
        Contest contest{.standard = &standard, .others = {}, .alike = {}};
        for (const CaseSummary& other : cases) {
            if (algorithm_of(other.header.what) && has_time(other) &&
                by_default(other.header.what) == standard.header.what) {
                contest.others.push_back(&other);
                if (!unlike_machines(standard, other)) {
                    contest.alike.push_back(&other);
                }
            }
        }
        if (!contest.others.empty()) {
            found.push_back(std::move(contest));
        }
    }
    return found;
}

std::string setting_in(const RunMetadata& info, const AlgorithmChoice& choice)
{
    const auto fact = std::ranges::find(info.facts, setting_fact(choice), &std::pair<std::string, std::string>::first);
    return fact == info.facts.end() ? std::string() : fact->second;
}

BestAlgorithm best_of(const Contest& contest, const RunMetadata& info, double confidence, std::size_t comparisons,
                      CaseTimes& times)
{
    const CaseSummary& standard = *contest.standard;
    const auto& comparable = contest.alike.empty() ? contest.others : contest.alike;
    const CaseSummary& best =
        **std::ranges::min_element(comparable, {}, [](const CaseSummary* row) { return *row->median_s; });
    const AlgorithmChoice choice = *algorithm_of(best.header.what);
    BestAlgorithm row{.default_case = standard.header.id,
                      .at = description(standard.header.what),
                      .tried = comparable.size(),
                      .best_case = best.header.id,
                      .name = choice.name,
                      .setting = setting_in(info, choice),
                      .default_s = *standard.median_s,
                      .best_s = *best.median_s,
                      .default_busbw_bytes_per_s = standard.busbw_bytes_per_s,
                      .best_busbw_bytes_per_s = best.busbw_bytes_per_s,
                      .ratio = *standard.median_s / *best.median_s,
                      .interval = {},
                      .why = {}};
    if (const auto why = unlike_machines(standard, best)) {
        row.why = *why;
        return row;
    }
    const auto interval_among = [&](std::size_t count) {
        return median_ratio_interval(times(standard.header.id), times(best.header.id),
                                     1 - (1 - confidence) / static_cast<double>(count));
    };
    row.interval = interval_among(comparable.size());
    if (!row.interval) {
        const std::size_t fewest = std::min(times(standard.header.id).size(), times(best.header.id).size());
        row.why =
            too_few(best.interval_over, 1 - (1 - confidence) / static_cast<double>(2 * comparable.size()), fewest);
    }
    const auto strict = interval_among(comparisons);
    row.faster = strict && strict->low > least_gain;
    return row;
}

Sentence ratio_text(const BestAlgorithm& row)
{
    return row.interval ? say("{:.2f} times [{:.2f}, {:.2f}]", row.ratio, row.interval->low, row.interval->high)
                        : say("{:.2f} times [none: {}]", row.ratio, row.why);
}

Sentence sentence(const BestAlgorithm& row)
{
    if (!row.faster) {
        return say("{}: none of {} is shown to be more than {:.0f} % faster than the default (best {}: {})", row.at,
                   count_said(static_cast<long long>(row.tried), "{} algorithm", "{} algorithms"),
                   100 * (least_gain - 1), row.name, ratio_text(row));
    }
    Sentence text = say("{}: {} is {} as fast as the default", row.at, row.name, ratio_text(row));
    if (row.default_busbw_bytes_per_s && row.best_busbw_bytes_per_s) {
        text = say("{} (busbw {} instead of {} GB/s)", text, format_gigabytes_per_second(*row.best_busbw_bytes_per_s),
                   format_gigabytes_per_second(*row.default_busbw_bytes_per_s));
    }
    return row.setting.empty() ? text : say("{}; set {}", text, row.setting);
}

}  // namespace

std::vector<BestAlgorithm> best_algorithms(const RunData& run, const RunMetadata& info)
{
    const auto all = contests(run.cases);
    std::size_t comparisons = 0;
    for (const Contest& contest : all) {
        comparisons += contest.others.size();
    }
    CaseTimes times(run);
    std::vector<BestAlgorithm> rows;
    rows.reserve(all.size());
    for (const Contest& contest : all) {
        rows.push_back(best_of(contest, info, run.confidence, comparisons, times));
    }
    std::ranges::stable_sort(rows, [](const BestAlgorithm& a, const BestAlgorithm& b) {
        return std::pair(a.faster, a.ratio) > std::pair(b.faster, b.ratio);
    });
    return rows;
}

std::string setting_fact(const AlgorithmChoice& choice)
{
    return fmt::format("setting of {} {}", name(choice.collective), choice.name);
}

void algorithms_text(std::ostream& out, std::span<const BestAlgorithm> rows, Language language)
{
    if (rows.empty()) {
        return;
    }
    out << '\n'
        << in(language,
              say("algorithms of the library's own beside its default choice, medians; an interval holds for all of a "
                  "case"))
        << '\n';
    for (const BestAlgorithm& row : rows) {
        out << "  " << printable(in(language, sentence(row))) << '\n';
    }
}

Json algorithms_json(std::span<const BestAlgorithm> rows)
{
    Json all = Json::array();
    for (const BestAlgorithm& row : rows) {
        all.push_back({{"default_case", row.default_case},
                       {"best_case", row.best_case},
                       {"at", row.at.english()},
                       {"tried", row.tried},
                       {"algorithm", row.name},
                       {"setting", row.setting},
                       {"default_s", row.default_s},
                       {"best_s", row.best_s},
                       {"ratio", row.ratio},
                       {"ratio_low", json_number(row.interval ? std::optional(row.interval->low) : std::nullopt)},
                       {"ratio_high", json_number(row.interval ? std::optional(row.interval->high) : std::nullopt)},
                       {"faster", row.faster},
                       {"why", row.why.english()},
                       {"text", sentence(row).english()}});
    }
    return all;
}

}  // namespace plumbline
