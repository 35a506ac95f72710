// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/guidelines.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/units.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/summaries/observations.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

namespace plumbline {
namespace {

/// `left` does no more than `right` together; every S is nccl-tests' (see total_bytes()).
struct Composition {
    Collective left;
    Collective right;
    std::optional<Collective> beside = {};  // NOLINT(readability-redundant-member-init)
};

constexpr std::array compositions{
    Composition{Collective::allreduce, Collective::reduce_scatter, Collective::allgather},
    Composition{Collective::allreduce, Collective::reduce, Collective::broadcast},
    Composition{Collective::broadcast, Collective::scatter, Collective::allgather},
    Composition{Collective::broadcast, Collective::allreduce},  // of zeros but for the root's
    Composition{Collective::reduce, Collective::reduce_scatter, Collective::gather},
    Composition{Collective::reduce, Collective::allreduce},
    Composition{Collective::reduce_scatter, Collective::reduce, Collective::scatter},
    Composition{Collective::reduce_scatter, Collective::allreduce},
    Composition{Collective::allgather, Collective::gather, Collective::broadcast},
    Composition{Collective::allgather, Collective::alltoall},   // each block sent to all
    Composition{Collective::allgather, Collective::allreduce},  // of zeros but for one's own block
    Composition{Collective::gather, Collective::allgather},
    Composition{Collective::gather, Collective::reduce},  // as above
    Composition{Collective::scatter, Collective::broadcast},
};

/// A guideline whose sides were both measured.
struct Comparison {
    GuidelineKind kind = GuidelineKind::composition;
    std::string rule;
    const GuidelineCase* left = nullptr;
    std::vector<const GuidelineCase*> right;
    int times = 1;
};

bool is_reducing(const CaseIdentity& what)
{
    const auto collective = parse_collective(what.pattern);
    return collective && info(*collective).reduces;
}

bool same_place(const CaseIdentity& a, const CaseIdentity& b)
{
    return a.dtype == b.dtype && a.ranks == b.ranks && a.nodes == b.nodes && a.placement == b.placement &&
           a.subset == b.subset;
}

/// Same in all but the number of bytes.
bool same_but_bytes(const CaseIdentity& a, const CaseIdentity& b)
{
    return a.pattern == b.pattern && same_place(a, b) && a.op == b.op && a.in_place == b.in_place && a.root == b.root &&
           a.parameters == b.parameters;
}

/// Some ranks need not wait for the others, so they run ahead in a batch.
bool runs_ahead(const CaseIdentity& what)
{
    const auto collective = parse_collective(what.pattern);
    return collective && (info(*collective).rooted || *collective == Collective::sendrecv);
}

class Comparisons {
public:
    explicit Comparisons(std::span<const GuidelineCase> cases)
    {
        for (const GuidelineCase& one : cases) {
            if (one.header.status == CaseStatus::measured && !one.slowest_s.empty() && one.header.what.ranks > 1 &&
                parse_collective(one.header.what.pattern) && !algorithm_of(one.header.what) &&
                !is_chained(one.header.what)) {
                cases_.push_back(&one);
            }
        }
        std::ranges::stable_sort(cases_, {}, [](const GuidelineCase* one) { return one->header.total_bytes; });
    }

    std::vector<Comparison> all() const
    {
        std::vector<Comparison> found;
        for (const GuidelineCase* one : cases_) {
            add_compositions(*one, found);
            add_barrier(*one, found);
            add_next_size(*one, found);
            add_split(*one, found);
        }
        return found;
    }

private:
    /// The first case of `wanted` with as many bytes on the same ranks: in place where the left side is in place and
    /// the pattern has such a form, with the left side's root (0 where that has none).
    const GuidelineCase* find(Collective wanted, const GuidelineCase& left) const
    {
        const auto& what = left.header.what;
        const bool rooted = info(wanted).rooted;
        const GuidelineCase* found = nullptr;
        for (const GuidelineCase* one : cases_) {
            const CaseIdentity& other = one->header.what;
            const bool in_place = what.in_place && info(wanted).in_place;
            const bool fits = other.bytes == what.bytes && same_place(what, other) &&
                              parse_collective(other.pattern) == wanted &&
                              one->header.total_bytes >= left.header.total_bytes && other.parameters.empty() &&
                              other.in_place == in_place && (!rooted || other.root == what.root) &&
                              (!is_reducing(other) || !is_reducing(what) || other.op == what.op);
            found =
                fits && !(one->batched && runs_ahead(other)) && (found == nullptr || one->header.id < found->header.id)
                    ? one
                    : found;
        }
        return found;
    }

    void add_compositions(const GuidelineCase& left, std::vector<Comparison>& found) const
    {
        const CaseIdentity& what = left.header.what;
        for (const Composition& rule : compositions) {
            if (parse_collective(what.pattern) != rule.left || !what.parameters.empty()) {
                continue;
            }
            Comparison comparison{
                .rule = fmt::format("{} <= {}", name(rule.left), name(rule.right)), .left = &left, .right = {}};
            comparison.right.push_back(find(rule.right, left));
            if (rule.beside) {
                comparison.rule += fmt::format(" + {}", name(*rule.beside));
                comparison.right.push_back(find(*rule.beside, left));
            }
            if (std::ranges::find(comparison.right, nullptr) == comparison.right.end()) {
                found.push_back(std::move(comparison));
            }
        }
    }

    /// No rank gets the result of an allreduce before all ranks have arrived.
    void add_barrier(const GuidelineCase& left, std::vector<Comparison>& found) const
    {
        if (parse_collective(left.header.what.pattern) != Collective::barrier) {
            return;
        }
        for (const GuidelineCase* one : cases_) {  // the smallest first
            CaseIdentity what = one->header.what;
            what.dtype = left.header.what.dtype;
            if (parse_collective(what.pattern) == Collective::allreduce && same_place(left.header.what, what)) {
                found.push_back({.rule = "barrier <= allreduce of any size", .left = &left, .right = {one}});
                return;
            }
        }
    }

    void add_next_size(const GuidelineCase& left, std::vector<Comparison>& found) const
    {
        for (const GuidelineCase* one : cases_) {
            if (one->header.total_bytes > left.header.total_bytes && left.header.total_bytes > 0 &&
                same_but_bytes(left.header.what, one->header.what)) {
                if (one->batched && !left.batched && runs_ahead(one->header.what)) {
                    return;
                }
                found.push_back({.kind = GuidelineKind::monotone,
                                 .rule = fmt::format("{} of {} <= {} of {}", left.header.what.pattern,
                                                     format_bytes(left.header.total_bytes), left.header.what.pattern,
                                                     format_bytes(one->header.total_bytes)),
                                 .left = &left,
                                 .right = {one}});
                return;
            }
        }
    }

    /// Compares with the largest measured part.
    void add_split(const GuidelineCase& left, std::vector<Comparison>& found) const
    {
        constexpr std::uint64_t most_parts = 64;
        const std::uint64_t bytes = left.header.total_bytes;
        for (auto one = cases_.rbegin(); one != cases_.rend(); ++one) {
            const std::uint64_t part = (*one)->header.total_bytes;
            if (part == 0 || part >= bytes || bytes % part != 0 || bytes / part > most_parts ||
                !same_but_bytes(left.header.what, (*one)->header.what)) {
                continue;
            }
            const int times = static_cast<int>(bytes / part);
            found.push_back(
                {.kind = GuidelineKind::split,
                 .rule = fmt::format("{} of {} <= {} times {} of {}", left.header.what.pattern, format_bytes(bytes),
                                     times, left.header.what.pattern, format_bytes(part)),
                 .left = &left,
                 .right = {*one},
                 .times = times});
            return;
        }
    }

    std::vector<const GuidelineCase*> cases_;  ///< smallest S first
};

/// Left / right of `times`, from exact intervals of all medians, each at 1 - chance / sides (Bonferroni).
std::optional<Interval> ratio_interval(const Comparison& comparison, double chance,
                                       std::vector<double> GuidelineCase::* times = &GuidelineCase::slowest_s)
{
    const double each = 1 - chance / static_cast<double>(comparison.right.size() + 1);
    const auto left = median_interval(comparison.left->*times, each);
    Interval right;
    for (const GuidelineCase* part : comparison.right) {
        const auto interval = median_interval(part->*times, each);
        if (!interval) {
            return std::nullopt;
        }
        right.low += comparison.times * interval->low;
        right.high += comparison.times * interval->high;
    }
    if (!left || right.low <= 0) {
        return std::nullopt;
    }
    return Interval{left->low / right.high, left->high / right.low};
}

/// Whether three of four rounds show it each. Rounds that only one side has are left out.
bool holds_in_rounds(const Comparison& comparison, double least)
{
    std::size_t rounds = comparison.left->slowest_of_rounds.size();
    for (const GuidelineCase* part : comparison.right) {
        rounds = std::min(rounds, part->slowest_of_rounds.size());
    }
    std::size_t showing = 0;
    for (std::size_t i = 0; i < rounds; ++i) {
        double right_s = 0;
        for (const GuidelineCase* part : comparison.right) {
            right_s += comparison.times * median(part->slowest_of_rounds[i]).value_or(0);
        }
        showing += median(comparison.left->slowest_of_rounds[i]).value_or(0) > least * right_s ? 1U : 0U;
    }
    return 4 * showing >= 3 * rounds;
}

GuidelineViolation described(const Comparison& comparison, const Interval& interval)
{
    GuidelineViolation broken{.kind = comparison.kind,
                              .rule = comparison.rule,
                              .case_id = comparison.left->header.id,
                              .at = describe(comparison.left->header.what),
                              .pattern = comparison.left->header.what.pattern,
                              .against = {},
                              .times = comparison.times,
                              .left_s = *median(comparison.left->slowest_s),
                              .interval = interval};
    for (const GuidelineCase* part : comparison.right) {
        broken.against.push_back(part->header.id);
        broken.right_s += comparison.times * *median(part->slowest_s);
    }
    broken.ratio = broken.left_s / broken.right_s;
    return broken;
}

/// What MPI calls it, without MPI_.
std::string call_name(std::string_view pattern)
{
    const auto collective = parse_collective(pattern);
    if (collective == Collective::broadcast) {
        return "bcast";
    }
    return std::string(collective == Collective::reduce_scatter ? "reduce_scatter_block" : pattern);
}

std::string upper(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return text;
}

}  // namespace

std::string_view name(GuidelineKind kind)
{
    constexpr std::array<std::string_view, 3> names{"composition", "monotone", "split"};
    return names.at(static_cast<std::size_t>(kind));
}

GuidelineCase guideline_case(const CaseRecord& record)
{
    GuidelineCase result{.header = record.header,
                         .slowest_s = slowest_seconds(record),
                         .observations_s = observations(record),
                         .slowest_of_rounds = {},
                         .machine_state = record.machine_state};
    for (const Round& round : record.rounds) {
        for (std::size_t i = 0; i < round.batch.size(); ++i) {
            result.batched =
                result.batched || (round.batch[i] > 1 && (i >= round.warmup.size() || round.warmup[i] == 0));
        }
        result.slowest_of_rounds.push_back(slowest_seconds({.header = record.header, .rounds = {round}}));
    }
    return result;
}

GuidelineReport check_guidelines(std::span<const GuidelineCase> cases, const GuidelineRules& rules)
{
    GuidelineReport report;
    const auto comparisons = Comparisons(cases).all();
    const double chance = rules.false_names / static_cast<double>(std::max<std::size_t>(comparisons.size(), 1));
    for (const Comparison& comparison : comparisons) {
        const int state = comparison.left->machine_state;
        if (state == between_states || std::ranges::any_of(comparison.right, [&](const GuidelineCase* part) {
                return part->machine_state != state;
            })) {
            ++report.unlike_machines;
            continue;
        }
        const auto strict = ratio_interval(comparison, chance);
        if (!strict) {
            ++report.too_few_samples;
            continue;
        }
        ++report.compared;
        if (strict->low > rules.least && holds_in_rounds(comparison, rules.least)) {
            const auto shown = ratio_interval(comparison, 1 - rules.confidence, &GuidelineCase::observations_s);
            report.broken.push_back(described(
                comparison, shown ? *shown : ratio_interval(comparison, 1 - rules.confidence).value_or(*strict)));
        }
    }
    std::ranges::stable_sort(report.broken, std::ranges::greater{}, &GuidelineViolation::ratio);
    return report;
}

std::string suggested_setting(const GuidelineViolation& broken, std::string_view library)
{
    const bool mpi = library.starts_with("Open MPI") || library.starts_with("MPICH") || library.starts_with("Intel");
    if (mpi && pattern_info(broken.pattern).kind == PatternKind::point_to_point) {
        return "the limit between eager and rendezvous messages (Open MPI: btl_*_eager_limit; UCX: UCX_RNDV_THRESH)";
    }
    if (library.starts_with("Open MPI")) {
        return fmt::format(
            "coll_tuned_use_dynamic_rules 1 with coll_tuned_{}_algorithm (scripts/experiments/algorithms tries them "
            "all)",
            call_name(broken.pattern));
    }
    if (library.starts_with("MPICH")) {
        return fmt::format("MPIR_CVAR_{}_INTRA_ALGORITHM", upper(call_name(broken.pattern)));
    }
    if (library.starts_with("Intel")) {
        return fmt::format("I_MPI_ADJUST_{}", upper(call_name(broken.pattern)));
    }
    if (library.starts_with("NCCL") || library.starts_with("RCCL")) {
        return "NCCL_ALGO and NCCL_PROTO, and whether a tuner plugin is loaded";
    }
    if (library.starts_with("Gloo") && parse_collective(broken.pattern) == Collective::allreduce) {
        return "backend_options: {algorithm: ...}";
    }
    return fmt::format("which algorithm the library takes for {} of this size", broken.pattern);
}

}  // namespace plumbline
