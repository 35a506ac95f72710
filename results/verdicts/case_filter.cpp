// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/case_filter.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
#include "results/records/case_titles.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/records/run_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using Cases = std::vector<const CaseSummary*>;

bool lies_in(const ByteRange& range, std::uint64_t bytes)
{
    return bytes >= range.from.value_or(0) && bytes <= range.to.value_or(bytes);
}

Sentence text_of(const ByteRange& range)
{
    const std::string from = range.from ? format_bytes(*range.from) : "";
    const std::string to = range.to ? format_bytes(*range.to) : "";
    return to.empty() ? say("{} or more", from) : from.empty() ? say("up to {}", to) : say("{} to {}", from, to);
}

/// The answers of `cases` to a key, as people say them: numbers by size, 20 at most.
Sentence answers(const Cases& cases, const std::string& key)
{
    constexpr std::size_t most = 20;
    std::set<std::pair<std::size_t, std::string>> by_size;
    for (const CaseSummary* c : cases) {
        if (const auto value = property(c->header.what, key)) {
            const bool number = value->find_first_not_of("0123456789") == std::string::npos;
            by_size.emplace(number ? value->size() : 0, *value);
        }
    }
    std::vector<Sentence> texts;
    for (const auto& [size, text] : by_size) {
        if (texts.size() == most) {
            texts.emplace_back("...");
            break;
        }
        texts.push_back(key == "pattern" ? title_of_pattern(text)
                        : key == "bytes" ? Sentence(format_bytes(std::stoull(text)))
                                         : word(text));
    }
    return list_of(texts);
}

}  // namespace

std::optional<std::string> property(const CaseIdentity& what, const std::string& key)
{
    if (key == "pattern") {
        return what.pattern;
    }
    if (key == "bytes") {
        return std::to_string(what.bytes);
    }
    if (key == "dtype") {
        return std::string(name(what.dtype));
    }
    if (key == "op") {
        const auto collective = parse_collective(what.pattern);
        return collective && info(*collective).reduces ? std::optional(std::string(name(what.op))) : std::nullopt;
    }
    if (key == "in_place") {
        return what.in_place ? "true" : "false";
    }
    if (key == "ranks") {
        return std::to_string(what.ranks);
    }
    if (key == "nodes") {
        return std::to_string(what.nodes);
    }
    if (key == "placement") {
        return std::string(name(what.placement));
    }
    if (key == "timing") {
        return std::string(name(timing_of(what).regime));
    }
    if (key == "at_once") {
        return text_parameter(what, key).value_or("false");
    }
    if (key == "calls") {
        const auto collective = parse_collective(what.pattern);
        const bool has_forms = collective && info(*collective).call_forms;
        return has_forms ? std::optional(text_parameter(what, key).value_or(std::string(name(CallForm::grouped))))
                         : std::nullopt;
    }
    return text_parameter(what, key);
}

namespace {

/// What is measured beside the usual case of its kind is spoken of where its parameter is named.
bool asks_for(const Target& target, const CaseIdentity& what)
{
    const auto names = [&](const char* key) { return target.where.contains(key); };
    return (!algorithm_of(what) || names("algorithm")) && (!is_chained(what) || names("timing") || names("chain"));
}

}  // namespace

bool matches(const Target& target, const CaseIdentity& what)
{
    const bool in_range = !target.bytes || lies_in(*target.bytes, what.bytes);
    return asks_for(target, what) && in_range &&
           std::all_of(target.where.begin(), target.where.end(),
                       [&](const auto& condition) { return property(what, condition.first) == condition.second; });
}

namespace {

/// "allreduce", "64 MiB", "root 2": a condition as a case that meets it is described.
Sentence condition(const std::string& key, const std::string& value)
{
    if (key == "dtype" || key == "op") {
        return word(value);
    }
    const bool number =
        !value.empty() && value.size() < 10 && value.find_first_not_of("0123456789") == std::string::npos;
    const bool size = !value.empty() && value.size() < 19 && value.find_first_not_of("0123456789") == std::string::npos;
    if (key == "pattern") {
        return title_of_pattern(value);
    }
    if (key == "bytes" && size) {
        return format_bytes(std::stoull(value));
    }
    if (key == "ranks" && number) {
        return ranks_said(std::stoi(value));
    }
    if (key == "nodes" && number) {
        return nodes_said(std::stoi(value));
    }
    if (key == "in_place") {
        return value == "true" ? say("in place") : say("out of place");
    }
    std::string words = key;
    std::ranges::replace(words, '_', ' ');
    return say("{} {}", word(words), word(value));
}

}  // namespace

bool matches(const Target& target, const CaseHeader& header)
{
    const bool asks = target.where.contains("timing") || target.where.contains("chain");
    if (!header.reported || !asks) {
        return matches(target, header.what);
    }
    const auto regime = timing_regime(header);
    CaseIdentity what = header.what;
    if (regime == TimingRegime::chained) {
        set_timing(what, {.regime = *regime, .chain = static_cast<std::uint32_t>(*header.reported->chain)});
    }
    return regime && matches(target, what);
}

std::string written_where(const Target& target)
{
    std::string text;
    for (const auto& [key, value] : target.where) {
        text += fmt::format("{}{}={}", text.empty() ? "" : ", ", key, value);
    }
    if (target.bytes) {
        text += fmt::format("{}bytes={}", text.empty() ? "" : ", ", text_of(*target.bytes));
    }
    return text.empty() ? "any case" : text;
}

Sentence describe_where(const Target& target)
{
    std::vector<Sentence> parts;
    const auto pattern = target.where.find("pattern");
    if (pattern != target.where.end()) {
        parts.push_back(title_of_pattern(pattern->second));
    }
    for (const auto& [key, value] : target.where) {
        if (key != "pattern") {
            parts.push_back(condition(key, value));
        }
    }
    if (target.bytes) {
        parts.push_back(text_of(*target.bytes));
    }
    return parts.empty() ? say("any case") : list_of(parts);
}

namespace {

Sentence no_case_of(const std::vector<Sentence>& conditions)
{
    return conditions.empty() ? say("no case") : say("no case of {}", list_of(conditions));
}

}  // namespace

Sentence no_match_reason(const Target& target, const RunData& run)
{
    if (run.cases.empty()) {
        return say("the file has no cases");
    }
    Cases left;
    for (const CaseSummary& c : run.cases) {
        left.push_back(&c);
    }
    const Sentence patterns = answers(left, "pattern");
    std::vector<std::pair<std::string, std::string>> conditions(target.where.begin(), target.where.end());
    std::stable_partition(conditions.begin(), conditions.end(), [](const auto& c) { return c.first == "pattern"; });
    std::vector<Sentence> met;
    for (const auto& [key, value] : conditions) {
        const Sentence there = answers(left, key);
        std::erase_if(left,
                      [&, &k = key, &v = value](const CaseSummary* c) { return property(c->header.what, k) != v; });
        if (left.empty()) {
            if (there.empty()) {
                return say("{} has the property '{}' (the file has {})", no_case_of(met), key, patterns);
            }
            return key == "pattern" ? say("no case is of {} (the file has {})", title_of_pattern(value), there)
                                    : say("{} has {} (there is {})", no_case_of(met), condition(key, value), there);
        }
        met.push_back(condition(key, value));
    }
    if (target.bytes) {
        const Sentence there = answers(left, "bytes");
        std::erase_if(left, [&](const CaseSummary* c) { return !lies_in(*target.bytes, c->header.what.bytes); });
        if (left.empty()) {
            return say("{} has {} (there is {})", no_case_of(met), text_of(*target.bytes), there);
        }
    }
    const bool all_chained = std::ranges::all_of(left, [](const CaseSummary* c) { return is_chained(c->header.what); });
    return all_chained ? say("only cases of chained operations match. Add 'timing: chained' to its 'where'")
                       : say("only cases with a forced algorithm match. Add 'algorithm' to its 'where'");
}

}  // namespace plumbline
