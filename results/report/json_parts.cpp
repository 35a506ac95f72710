// SPDX-License-Identifier: Apache-2.0
#include "results/report/json_parts.hpp"

#include "collectives/operations/types.hpp"
#include "results/report/texts.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <vector>

namespace plumbline::report {
namespace {

/// Hosts that the page names where it says what was tested.
constexpr std::size_t most_hosts_named = 8;

Json pairs_of(const std::vector<std::pair<std::string, std::string>>& pairs)
{
    Json rows = Json::array();
    for (const auto& [key, value] : pairs) {
        rows.push_back({said(word(text::printable(key))), said(recognised(value))});
    }
    return rows;
}

/// Hosts that the page has a row of; of more it says how many there are.
constexpr std::size_t most_places = 500;

/// A row a host: which ranks ran there, on which cores, with which devices.
Json places_json(const RunMetadata& info)
{
    struct OnHost {
        std::vector<int> ranks;
        std::set<std::string> cores, devices, nics;
    };
    std::map<int, OnHost> by_node;
    for (const RankLocation& place : info.places) {
        OnHost& host = by_node[place.node];
        host.ranks.push_back(place.rank);
        host.cores.insert(place.cores);
        host.devices.insert(place.device);
        host.nics.insert(place.nic);
    }
    const auto joined = [](const std::set<std::string>& values) {
        std::string all;
        for (const std::string& value : values) {
            all += (all.empty() || value.empty() ? "" : "; ") + value;
        }
        return text_of(all);
    };
    const std::size_t left_out = by_node.size() - std::min(by_node.size(), most_places);
    Json rows = Json::array();
    for (auto& [node, host] : by_node) {
        if (rows.size() == most_places) {
            break;
        }
        std::sort(host.ranks.begin(), host.ranks.end());
        const bool known = node >= 0 && static_cast<std::size_t>(node) < info.hosts.size();
        rows.push_back({{"host", text_of(known ? info.hosts[static_cast<std::size_t>(node)] : std::to_string(node))},
                        {"ranks", ranges(host.ranks)},
                        {"cores", joined(host.cores)},
                        {"device", joined(host.devices)},
                        {"nic", joined(host.nics)}});
    }
    return {{"left_out", left_out}, {"hosts", std::move(rows)}};
}

/// "" where the file doesn't say it.
std::string fact_of(const RunMetadata& info, std::string_view key)
{
    const auto found = std::ranges::find_if(info.facts, [&](const auto& fact) { return fact.first == key; });
    return found == info.facts.end() ? "" : found->second;
}

}  // namespace

Json number(double value)
{
    return std::isfinite(value) ? Json(std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr)) : Json(nullptr);
}

Json number(const std::optional<double>& value)
{
    return value ? number(*value) : Json(nullptr);
}

Json text_of(std::string_view raw)
{
    return text::printable(raw);
}

Json said(const Sentence& sentence)
{
    const std::string english = text::printable(in(Language::en, sentence));
    const std::string chinese = text::printable(in(Language::zh, sentence));
    return english == chinese ? Json(english) : Json{{"en", english}, {"zh", chinese}};
}

Json interval_of(const std::optional<Interval>& interval)
{
    return interval ? Json({number(interval->low), number(interval->high)}) : Json(nullptr);
}

std::string ranges(const std::vector<int>& sorted)
{
    std::string all;
    for (std::size_t i = 0; i < sorted.size();) {
        std::size_t end = i + 1;
        while (end < sorted.size() && sorted[end] == sorted[end - 1] + 1) {
            ++end;
        }
        all += all.empty() ? "" : ",";
        all += end - i == 1 ? fmt::format("{}", sorted[i]) : fmt::format("{}-{}", sorted[i], sorted[end - 1]);
        i = end;
    }
    return all;
}

Json texts_json()
{
    Json all = Json::object();
    for (const Text& text : all_texts()) {
        all[std::string(text.key)] = {text.en, text.zh};
    }
    return all;
}

/// The first fact that names what communicates; the backend where there is none.
std::string library_of(const RunMetadata& info)
{
    constexpr std::array<std::string_view, 4> words{"library", "backend", "mpi", "nccl"};
    for (const auto& [key, value] : info.facts) {
        std::string name = key;
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (std::ranges::any_of(words, [&](std::string_view one) { return name.find(one) != std::string::npos; })) {
            return value;
        }
    }
    return info.backend;
}

Json run_info_json(const RunMetadata& info)
{
    Json hosts = Json::array();
    for (std::size_t i = 0; i < std::min(info.hosts.size(), most_hosts_named); ++i) {
        hosts.push_back(text_of(info.hosts[i]));
    }
    Json warnings = Json::array();
    for (const Sentence& warning : info.warnings) {
        warnings.push_back(said(warning));
    }
    return {{"name", text_of(info.name)},
            {"started_unix_s", info.started_unix_s},
            {"zone", text_of(fact_of(info, "time zone"))},
            {"ranks", info.ranks},
            {"hosts", hosts},
            {"host_count", info.hosts.size()},
            {"backend", text_of(info.backend)},
            {"simulated", info.simulated},
            {"stand_in", info.fake_library},
            {"version", text_of(info.plumbline_version)},
            {"confidence", info.confidence},
            {"clock", said(recognised(info.clock))},
            {"synchronisation", said(recognised(info.synchronisation))},
            {"clock_cost_s", number(info.clock_cost_s)},
            {"empty_operation_s", number(info.empty_operation_s)},
            {"planned_cases", info.planned_cases},
            {"seed", std::to_string(info.seed)},
            {"schema", info.schema},
            {"library", said(recognised(library_of(info)))},
            {"facts", pairs_of(info.facts)},
            {"environment", pairs_of(info.environment)},
            {"places", places_json(info)},
            {"warnings", warnings}};
}

Sentence series_of(const CaseIdentity& what)
{
    Sentence name = word(what.pattern);
    const auto append = [&](const Sentence& more) { name = say("{} {}", name, more); };
    const auto add = [&](const Sentence& more) { name = say("{}, {}", name, more); };
    const auto collective = parse_collective(what.pattern);
    if (collective && info(*collective).size_rule != SizeRule::none) {
        append(plumbline::name(what.dtype));
    }
    if (collective && info(*collective).reduces) {
        append(word(plumbline::name(what.op)));
    }
    if (what.in_place) {
        name = say("{} in place", name);
    }
    if (what.root != 0) {
        add(say("root {}", what.root));
    }
    if (what.placement != Placement::compact) {
        add(word(plumbline::name(what.placement)));
    }
    if (what.subset != 0) {
        add(say("subset {}", what.subset));
    }
    for (const auto& [key, value] : what.parameters) {
        std::string words = key;
        std::ranges::replace(words, '_', ' ');
        add(say("{} {}", word(words), word(value)));
    }
    return name;
}

}  // namespace plumbline::report
