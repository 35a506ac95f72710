// SPDX-License-Identifier: Apache-2.0
#include "results/records/summary_fields.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/records/machine_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <stdexcept>
#include <type_traits>

namespace plumbline {
namespace {

constexpr std::string_view text = "none";  // the unit of texts

FieldValue reported_seconds(const CaseSummary& row)
{
    return row.header.reported ? std::optional(row.header.reported->time_s) : std::nullopt;
}

FieldValue reported_estimator(const CaseSummary& row)
{
    return row.header.reported ? row.header.reported->estimator : std::string();
}

/// Of a log where it says it.
FieldValue timing_text(const CaseSummary& row)
{
    const auto regime = timing_regime(row.header);
    return regime ? std::string(name(*regime)) : std::string();
}

using Asked = CaseIdentity;
using Header = CaseHeader;
using Row = CaseSummary;

constexpr std::array fields{
    SummaryField{"id", "1", &Header::id, "position of the case in the plan", Stored::always},

    SummaryField{"pattern", text, &Asked::pattern, "a collective's name, or the workload's or the probe's",
                 Stored::always},
    SummaryField{"bytes", "B", &Asked::bytes,
                 "as asked: S of a collective, the message of point to point, the activation or gradient of a workload",
                 Stored::always},
    SummaryField{"dtype", text, &Asked::dtype, "type of an element", Stored::always},
    SummaryField{"op", text, &Asked::op, "`sum`, `max`, ...; means something where the pattern reduces",
                 Stored::always},
    SummaryField{"in_place", "1", &Asked::in_place, "whether output and input are one buffer", Stored::no},
    SummaryField{"root", "1", &Asked::root, "rank of the case; means something where the pattern has a root",
                 Stored::no},
    SummaryField{"ranks", "1", &Asked::ranks, "number of ranks", Stored::always},
    SummaryField{"nodes", "1", &Asked::nodes, "number of nodes on which those ranks lie", Stored::always},
    SummaryField{"placement", text, &Asked::placement, "`compact`, `spread` or `random`", Stored::always},
    SummaryField{"subset", "1", &Asked::subset, "which of several rank sets of this scale", Stored::always},
    SummaryField{"parameters", text, &Asked::parameters,
                 "anything else that was asked: a map of text to text in base units", Stored::no},

    SummaryField{"status", text, &Header::status, "`measured`, `skipped` or `failed`", Stored::always},
    SummaryField{"reason", text, &Header::why, "one sentence where the case was skipped or failed", Stored::always,
                 "why"},
    SummaryField{"total_bytes", "B", &Header::total_bytes, "S of the call that was really made, 0 where there is none",
                 Stored::always},
    SummaryField{"bus_factor", "1", &Header::bus_factor, "busbw / algbw; absent where undefined (one rank, no bytes)",
                 Stored::always},
    SummaryField{"verification", text, &Header::verification,
                 "whether the data was `verified`, is `not_verifiable`, or the check was `off`", Stored::no,
                 "coverage"},
    SummaryField{"verification_note", text, &Header::verification_note, "what qualifies the verification", Stored::no,
                 "coverage_note"},
    SummaryField{"wrong_elements", "1", &Header::wrong_elements,
                 "where data was wrong: elements of all ranks together; absent where they weren't counted", Stored::no},
    SummaryField{"pairs_across_nodes", "1", &Header::pairs_across_nodes,
                 "point to point: share of the pairs whose two ranks are on different nodes; absent where not known"},

    SummaryField{"rounds", "1", &Row::rounds, "rounds that this row is made of", Stored::always},
    SummaryField{"launches", "1", &Row::launches, "starts of the program whose rounds these are"},
    SummaryField{"samples", "1", &Row::samples, "timed ones", Stored::always},
    SummaryField{"warmups", "1", &Row::warmups, "samples that are not in the statistics", Stored::always},
    SummaryField{"late", "1", &Row::late, "timed samples with `late` set: counted, not left out"},
    SummaryField{"stop", text, &Row::stop, "why the last round ended: `converged`, `budget` or `cap`", Stored::always},
    SummaryField{
        "interval_over", text, &Row::interval_over,
        "what `median_s` and its interval are over: `samples`, `rounds` (of one launch, from 6 on) or `launches`"},
    SummaryField{"unstable", text, &Row::unstable,
                 "empty, or why one number can't speak for the samples: `drift`, `bimodal`, `bursts` (rules in "
                 "`results/statistics/stability.hpp`)"},
    SummaryField{"confidence", "1", &Row::confidence, "of all intervals in this row", Stored::always},

    SummaryField{"median_s", "s", &Row::median_s,
                 "median of the slowest rank's time; over `rounds` of their medians, over `launches` of what each "
                 "alone would say"},
    SummaryField{"ci_low_s", "s", &Row::ci_low_s,
                 "lower end of the exact order-statistics interval of the median; absent below 6 samples at 95 %"},
    SummaryField{"ci_high_s", "s", &Row::ci_high_s, "upper end of the same interval"},
    SummaryField{"min_s", "s", &Row::min_s, "smallest of the slowest rank's times"},
    SummaryField{"max_s", "s", &Row::max_s, "largest of them"},
    SummaryField{"p95_s", "s", &Row::p95_s, "95th percentile, nearest rank; absent below 59 samples"},
    SummaryField{"p99_s", "s", &Row::p99_s, "99th percentile, nearest rank; absent below 299 samples"},
    SummaryField{.name = "algbw_bytes_per_s",
                 .unit = "B/s",
                 .member = &Row::algbw_bytes_per_s,
                 .description =
                     "total_bytes / median_s, or of a log's own time where there is no median; absent on one "
                     "rank, which communicates nothing",
                 .shown = "algbw_GBps",
                 .shown_unit = giga},
    SummaryField{.name = "busbw_bytes_per_s",
                 .unit = "B/s",
                 .member = &Row::busbw_bytes_per_s,
                 .description = "algbw * bus_factor",
                 .shown = "busbw_GBps",
                 .shown_unit = giga},

    SummaryField{"bubble_fraction", "1", &Row::bubble_fraction,
                 "workloads: median share of all ranks' time that is not compute"},
    SummaryField{"bubble_ideal", "1", &Row::bubble_ideal, "pipelines: the schedule's closed form"},
    SummaryField{"exposed_s", "s", &Row::exposed_s,
                 "workloads: median time beyond what the closed form says for the compute that was measured"},
    SummaryField{"overlap_fraction", "1", &Row::overlap_fraction,
                 "workloads that overlap: 1 - time blocked in communication / time of the communication alone, means "
                 "over the ranks"},
    SummaryField{"compute_slowdown", "1", &Row::compute_slowdown, "workloads: compute beside communication / alone"},
    SummaryField{"communication_slowdown", "1", &Row::communication_slowdown,
                 "workloads: communication in flight beside compute / alone; absent where some of its collectives "
                 "block"},
    SummaryField{"tensor_share", "1", &Row::tensor_share,
                 "workloads: share of the step that a rank is blocked in tensor-parallel communication, mean over the "
                 "ranks, median over the samples"},
    SummaryField{"pipeline_share", "1", &Row::pipeline_share, "the same of messages between pipeline stages"},
    SummaryField{"data_share", "1", &Row::data_share, "the same of data-parallel communication"},
    SummaryField{"expert_share", "1", &Row::expert_share, "the same of expert-parallel communication"},
    SummaryField{"mfu", "1", &Row::mfu,
                 "training_step with a stated peak: model_flops / (median_s * peak_flops * ranks)"},
    SummaryField{"hfu", "1", &Row::hfu, "the same of hardware_flops"},
    SummaryField{"tokens_per_s", "1/s", &Row::tokens_per_s,
                 "tokens of all ranks / median_s; absent where a routing table is given without `top_k`"},
    SummaryField{"skew_factor", "1", &Row::skew_factor, "expert_parallel: most that a rank receives / the mean"},
    SummaryField{"critical_rank", "1", &Row::critical_rank,
                 "workloads that wait: the rank of the case that is busy longest (in a pipeline: its slowest stage)"},

    SummaryField{"median_start_skew_s", "s", &Row::median_start_skew_s,
                 "median of the last rank's start - the first rank's; absent where the ranks share no clock"},
    SummaryField{
        .name = "cache_line_latency_s",
        .unit = "s",
        .member = &Row::cache_line_latency_s,
        .description = "a cache line between cores around these rounds (median, slowest host); absent when not probed",
        .shown = "neighbour_s"},
    SummaryField{.name = "l1_copy_s",
                 .unit = "s",
                 .member = &Row::l1_copy_s,
                 .description =
                     "what a copy within a core took around these rounds (median, slowest host): longer while a core "
                     "is shared with other work",
                 .shown = "copy_s"},
    SummaryField{"autocorrelation", "1", &Row::autocorrelation,
                 "lag 1, of the samples in the order taken; absent below 3 or for equal ones"},
    SummaryField{"half_ratio", "1", &Row::half_ratio, "median of their second half / of their first half"},

    SummaryField{"isolated_s", "s", &Row::isolated_s,
                 "congestion: median of the victims' time alone; `median_s` is that beside the aggressors"},
    SummaryField{"congestion_impact", "1", &Row::congestion_impact,
                 "congestion: mean time beside aggressors / alone of each split, their median; over rounds or launches "
                 "where `interval_over` says so"},
    SummaryField{"congestion_impact_low", "1", &Row::congestion_impact_low, "lower end of its exact interval"},
    SummaryField{"congestion_impact_high", "1", &Row::congestion_impact_high, "upper end of it"},
    SummaryField{"congestion_impact_p99", "1", &Row::congestion_impact_p99,
                 "the same of the 99th percentiles; of splits with 299 samples of both kinds"},
    SummaryField{"congestion_impact_p99_low", "1", &Row::congestion_impact_p99_low, "lower end of its exact interval"},
    SummaryField{"congestion_impact_p99_high", "1", &Row::congestion_impact_p99_high, "upper end of it"},

    SummaryField{
        .name = "machine_state",
        .unit = "1",
        .member = &Row::machine_state,
        .description =
            "the state whose rounds alone this row is made of; -1: no round is in a single state, and all are in",
        .least = between_states},
    SummaryField{"rounds_left_out", "1", &Row::rounds_left_out,
                 "rounds of the case in other states, stored but in no number of this row"},

    SummaryField{"timing", text, timing_text,
                 "`drained`: each execution is finished before the next; `chained`: parameter `chain` of them are "
                 "enqueued and waited for once; empty for imported cases, whose logs don't say",
                 Stored::no},
    SummaryField{"reported_s", "s", reported_seconds, "imported cases: the time that the log says", Stored::no},
    SummaryField{"reported_estimator", text, reported_estimator, "imported cases: of what over what that time is",
                 Stored::no}};

/// Programs read CSV by position too. These columns keep the order that they had before this table; newer ones follow
/// in the table's order.
constexpr std::array<std::string_view, 67> first_shown{"id",
                                                       "pattern",
                                                       "bytes",
                                                       "ranks",
                                                       "nodes",
                                                       "dtype",
                                                       "status",
                                                       "reason",
                                                       "samples",
                                                       "median_s",
                                                       "ci_low_s",
                                                       "ci_high_s",
                                                       "algbw_bytes_per_s",
                                                       "busbw_bytes_per_s",
                                                       "confidence",
                                                       "min_s",
                                                       "max_s",
                                                       "p95_s",
                                                       "p99_s",
                                                       "bubble_fraction",
                                                       "bubble_ideal",
                                                       "exposed_s",
                                                       "overlap_fraction",
                                                       "compute_slowdown",
                                                       "communication_slowdown",
                                                       "tensor_share",
                                                       "pipeline_share",
                                                       "data_share",
                                                       "expert_share",
                                                       "mfu",
                                                       "hfu",
                                                       "tokens_per_s",
                                                       "skew_factor",
                                                       "critical_rank",
                                                       "isolated_s",
                                                       "congestion_impact",
                                                       "congestion_impact_low",
                                                       "congestion_impact_high",
                                                       "congestion_impact_p99",
                                                       "congestion_impact_p99_low",
                                                       "congestion_impact_p99_high",
                                                       "interval_over",
                                                       "unstable",
                                                       "autocorrelation",
                                                       "half_ratio",
                                                       "median_start_skew_s",
                                                       "late",
                                                       "op",
                                                       "in_place",
                                                       "root",
                                                       "placement",
                                                       "subset",
                                                       "parameters",
                                                       "total_bytes",
                                                       "bus_factor",
                                                       "verification",
                                                       "verification_note",
                                                       "launches",
                                                       "rounds",
                                                       "warmups",
                                                       "machine_state",
                                                       "rounds_left_out",
                                                       "cache_line_latency_s",
                                                       "l1_copy_s",
                                                       "stop",
                                                       "reported_s",
                                                       "reported_estimator"};

constexpr const SummaryField* find_field(std::string_view name)
{
    const auto* const found = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; });
    return found == fields.end() ? nullptr : found;
}
static_assert(std::all_of(first_shown.begin(), first_shown.end(),
                          [](auto name) { return find_field(name) != nullptr; }));

/// Which part of a row each alternative of FieldMember lies in.
enum class Part : std::uint8_t { identity, header, summary, computed };
template <class T>
constexpr Part part_of(T CaseIdentity::*)
{
    return Part::identity;
}
template <class T>
constexpr Part part_of(T CaseHeader::*)
{
    return Part::header;
}
template <class T>
constexpr Part part_of(T CaseSummary::*)
{
    return Part::summary;
}
constexpr Part part_of(FieldValue (*)(const CaseSummary&))
{
    return Part::computed;
}
constexpr Part part_of(const SummaryField& field)
{
    return std::visit([](auto member) { return part_of(member); }, field.member);
}

constexpr std::size_t count_of(Part part)
{
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(), [&](const auto& f) { return part_of(f) == part; }));
}
constexpr std::size_t header_count = count_of(Part::header) + count_of(Part::identity);
static_assert(part_of(fields.front()) == Part::header &&
                  std::all_of(fields.begin() + 1, fields.begin() + 1 + count_of(Part::identity),
                              [](const auto& f) { return part_of(f) == Part::identity; }) &&
                  std::none_of(fields.begin() + header_count, fields.end(),
                               [](const auto& f) { return part_of(f) == Part::header; }),
              "the id, then the identity, then the rest of the header, then the others");

template <class T>
const T& member_of(const CaseSummary& row, T CaseIdentity::* member)
{
    return row.header.what.*member;
}
template <class T>
const T& member_of(const CaseSummary& row, T CaseHeader::* member)
{
    return row.header.*member;
}
template <class T>
const T& member_of(const CaseSummary& row, T CaseSummary::* member)
{
    return row.*member;
}
FieldValue member_of(const CaseSummary& row, FieldValue (*member)(const CaseSummary&))
{
    return member(row);
}

FieldValue to_value(const FieldValue& value)
{
    return value;
}
FieldValue to_value(int value)
{
    return std::int64_t{value};
}
template <class T>
FieldValue to_value(const T& value)
{
    if constexpr (std::is_enum_v<T>) {
        return std::string(name(value));
    } else if constexpr (std::same_as<T, double>) {
        return std::optional(value);
    } else if constexpr (std::same_as<T, Sentence>) {
        return value.english();
    } else {
        return value;
    }
}

}  // namespace

std::span<const SummaryField> summary_fields()
{
    return fields;
}

std::span<const SummaryField> identity_fields()
{
    return std::span(fields).subspan(1, count_of(Part::identity));
}

std::span<const SummaryField> header_fields()
{
    return std::span(fields).first(header_count);
}

const SummaryField& summary_field(std::string_view name)
{
    if (const SummaryField* found = find_field(name)) {
        return *found;
    }
    throw std::logic_error(fmt::format("no field of a row is called '{}'", name));
}

std::vector<const SummaryField*> shown_fields()
{
    std::vector<const SummaryField*> shown;
    for (const std::string_view name : first_shown) {
        shown.push_back(&summary_field(name));
    }
    for (const SummaryField& field : fields) {
        if (std::ranges::find(first_shown, field.name) == first_shown.end()) {
            shown.push_back(&field);
        }
    }
    return shown;
}

std::string_view shown_name(const SummaryField& field)
{
    return field.shown.empty() ? field.name : field.shown;
}

FieldValue value_of(const SummaryField& field, const CaseSummary& row)
{
    return std::visit([&](auto member) { return to_value(member_of(row, member)); }, field.member);
}

FieldValue shown_value(const SummaryField& field, const CaseSummary& row)
{
    FieldValue value = value_of(field, row);
    if (auto* number = std::get_if<std::optional<double>>(&value); number != nullptr && *number) {
        **number /= field.shown_unit;
    }
    return value;
}

}  // namespace plumbline
