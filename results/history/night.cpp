// SPDX-License-Identifier: Apache-2.0
#include "results/history/night.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace plumbline {

void add_contract(const Judgement& judgement, Night& night)
{
    night.contract = judgement.verdict;
    for (const Finding& finding : judgement.findings) {
        if (finding.verdict != Verdict::pass && std::ranges::find(night.named, finding.target) == night.named.end()) {
            night.named.push_back(finding.target);
        }
    }
}

void add_change(const Trends& trends, Night& night)
{
    const auto count = [&](auto... kinds) {
        return static_cast<std::size_t>(std::ranges::count_if(
            trends.events, [&](const TrendEvent& event) { return ((event.kind == kinds) || ...); }));
    };
    night.slower = count(TrendKind::slower, TrendKind::drop);
    night.missing = count(TrendKind::missing);
    const bool too_short =
        trends.too_short == trends.series.size() && trends.verdict == Verdict::not_measured && night.missing == 0;
    night.change = too_short ? std::nullopt : std::optional(trends.verdict);
    night.unconfirmed = std::ranges::any_of(trends.events, [&](const TrendEvent& event) {
        return event.kind == TrendKind::drop && event.runs_after == 1 && event.file == night.file;
    });
}

std::optional<Verdict> verdict_of(const Night& night)
{
    if (night.broke != 0) {
        return std::nullopt;
    }
    if (night.contract && night.change) {
        return worst(*night.contract, *night.change);
    }
    return night.contract ? night.contract : night.change;
}

std::string_view verdict_name(const Night& night)
{
    if (night.broke != 0) {
        return "BROKEN";
    }
    const auto verdict = verdict_of(night);
    return verdict ? name(*verdict) : "NONE";
}

int exit_status(const Night& night)
{
    return night.broke != 0 ? night.broke : exit_status(verdict_of(night));
}

namespace {

Sentence changes(const Night& night)
{
    std::vector<Sentence> parts;
    if (night.slower > 0) {
        parts.push_back(
            count_said(static_cast<long long>(night.slower), "{} series is slower", "{} series are slower"));
    }
    if (night.missing > 0) {
        parts.push_back(count_said(static_cast<long long>(night.missing), "{} series is not measured",
                                   "{} series are not measured"));
    }
    return list_of(parts);
}

Sentence targets(const Night& night)
{
    return fmt::format("{}", fmt::join(night.named, ", "));
}

Sentence with_reason(Verdict verdict, const Sentence& reason)
{
    return reason.empty() ? word(name(verdict)) : say("{} ({})", word(name(verdict)), reason);
}

}  // namespace

Sentence contract_said(const Night& night)
{
    if (night.broke != 0) {
        return say("not judged");
    }
    return night.contract ? with_reason(*night.contract, targets(night)) : say("no targets");
}

Sentence change_said(const Night& night)
{
    if (night.broke != 0) {
        return say("not judged");
    }
    return night.change ? with_reason(*night.change, changes(night))
                        : say("not yet (no series has {} runs)", shortest_series);
}

Sentence reason_said(const Night& night)
{
    if (night.broke != 0) {
        return night.broke == 2 ? say("the run was refused, status {}", night.broke)
                                : say("the run broke, status {}", night.broke);
    }
    std::vector<Sentence> parts;
    if (night.contract && *night.contract != Verdict::pass) {
        parts.push_back(say("the contract: {}", targets(night)));
    }
    if (night.change && *night.change != Verdict::pass) {
        parts.push_back(say("change: {}", changes(night)));
    }
    if (!parts.empty()) {
        return list_of(parts);
    }
    if (night.contract) {
        return night.change ? say("every target is met, and nothing became slower")
                            : say("every target is met; whether something became slower can't be told yet");
    }
    return night.change ? say("nothing became slower (the run has no targets)")
                        : say("neither targets nor enough runs to tell a change");
}

}  // namespace plumbline
