// SPDX-License-Identifier: Apache-2.0
#include "results/references/published_value.hpp"

#include "collectives/operations/traffic.hpp"
#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/summaries/summarize.hpp"

#include <fmt/format.h>
#include <cctype>
#include <string_view>

namespace plumbline {
namespace {

/// "H100" in "NVIDIA H100 80GB HBM3", and not "H20" in "NVIDIA H200".
bool has_word(std::string_view text, std::string_view word)
{
    const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string_view name(PublishedKind kind)
{
    return kind == PublishedKind::measured ? "measured" : "threshold";
}

std::string conditions_of(const PublishedValue& value)
{
    return fmt::format("{}x{} {}, {}", value.nodes, value.devices_per_node, value.device, format_bytes(value.bytes));
}

CaseIdentity identity_of(const PublishedValue& value)
{
    CaseIdentity what;
    what.pattern = value.pattern;
    what.bytes = value.bytes;
    what.dtype = parse_data_type(value.dtype).value_or(what.dtype);
    what.op = parse_reduce_op(value.op).value_or(what.op);
    what.in_place = value.in_place;
    what.ranks = value.ranks();
    what.nodes = value.nodes;
    return what;
}

std::vector<int> nodes_of(const PublishedValue& value)
{
    std::vector<int> node_of_rank;
    for (int node = 0; node < value.nodes; ++node) {
        node_of_rank.insert(node_of_rank.end(), static_cast<std::size_t>(value.devices_per_node), node);
    }
    return node_of_rank;
}

Ideal bound_of(const PublishedValue& value)
{
    return ideal_time(identity_of(value), value.bytes, nodes_of(value), value.links);
}

Attainable attainable_of(const PublishedValue& value)
{
    return attainable_time(value.algorithm.value_or(AlgorithmReference{}), identity_of(value), value.bytes,
                           nodes_of(value), value.links);
}

double counted_bytes(const PublishedValue& value)
{
    const auto collective = parse_collective(value.pattern);
    return static_cast<double>(value.bytes) * (collective ? busbw_factor(*collective, value.ranks()).value_or(0) : 0);
}

std::vector<Sentence> differences(const PublishedValue& value, const CaseIdentity& what,
                                  const std::optional<std::string>& device)
{
    std::vector<Sentence> unlike;
    const auto compare = [&](const Sentence& which, const auto& here, const auto& published) {
        if (here != published) {
            unlike.push_back(say("{}: {}, published {}", which, here, published));
        }
    };
    const CaseIdentity published = identity_of(value);
    compare(say("operation"), what.pattern, published.pattern);
    const auto collective = parse_collective(what.pattern);
    if (collective && info(*collective).reduces && what.pattern == published.pattern) {
        compare(say("op"), name(what.op), name(published.op));
    }
    compare(say("type"), name(what.dtype), name(published.dtype));
    compare(say("size"), format_bytes(what.bytes), format_bytes(published.bytes));
    if (what.in_place != published.in_place) {
        unlike.push_back(what.in_place ? say("in place, published out of place")
                                       : say("out of place, published in place"));
    }
    compare(say("nodes"), what.nodes, published.nodes);
    compare(say("ranks"), what.ranks, published.ranks);
    if (algorithm_of(what)) {
        unlike.push_back(say("algorithm: forced, published as the library chose"));
    }
    const bool on_host = value.device == "host";
    const auto is_like = [&](const std::string& here) {
        return here.empty() ? on_host : !on_host && has_word(here, value.device);
    };
    if (device && !is_like(*device)) {
        unlike.push_back(
            say("device: {}, published {}", device->empty() ? say("a host's cores") : Sentence(*device), value.device));
    }
    return unlike;
}

ReferenceComparison find_like(const PublishedValue& value, std::span<const CaseSummary> cases,
                              const std::optional<std::string>& device)
{
    ReferenceComparison found;
    bool any = false;
    for (const CaseSummary& c : cases) {
        if (c.header.status != CaseStatus::measured || !with_point_value(c).busbw_bytes_per_s) {
            continue;
        }
        auto unlike = differences(value, c.header.what, device);
        if (unlike.empty()) {
            const bool like_more =
                found.measured == nullptr || (is_chained(c.header.what) && !is_chained(found.measured->header.what));
            found.measured = like_more ? &c : found.measured;
        } else if (!any || unlike.size() < found.differences.size()) {
            found.differences = std::move(unlike);
        }
        any = true;
    }
    if (found.measured != nullptr) {
        found.differences.clear();
    } else if (!any) {
        found.differences = {say("the file has no measured case with a busbw")};
    }
    return found;
}

}  // namespace plumbline
