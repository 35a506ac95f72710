#include "results/diagnosis/guidelines.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
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
    std::string_view left;
    std::array<std::string_view, 2> right;  ///< the second may be empty
};

constexpr std::array compositions{
    Composition{"allreduce", {"reduce_scatter", "allgather"}},
    Composition{"allreduce", {"reduce", "broadcast"}},
    Composition{"broadcast", {"scatter", "allgather"}},
    Composition{"broadcast", {"allreduce", ""}},  // of zeros but for the root's
    Composition{"reduce", {"reduce_scatter", "gather"}},
    Composition{"reduce", {"allreduce", ""}},
    Composition{"reduce_scatter", {"reduce", "scatter"}},
    Composition{"reduce_scatter", {"allreduce", ""}},
    Composition{"allgather", {"gather", "broadcast"}},
    Composition{"allgather", {"alltoall", ""}},   // each block sent to all
    Composition{"allgather", {"allreduce", ""}},  // of zeros but for one's own block
    Composition{"gather", {"allgather", ""}},
    Composition{"gather", {"reduce", ""}},  // as above
    Composition{"scatter", {"broadcast", ""}},
};

/// A comparison whose sides were both measured.
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

/// All but the number of bytes.
bool same_but_bytes(const CaseIdentity& a, const CaseIdentity& b)
{
    return a.pattern == b.pattern && same_place(a, b) && a.op == b.op && a.in_place == b.in_place && a.root == b.root &&
           a.parameters == b.parameters;
}

/// Some ranks needn't wait for the others, and in a batch don't.
bool runs_ahead(const CaseIdentity& what)
{
    return info(*parse_collective(what.pattern)).rooted || what.pattern == "sendrecv";
}

class Comparisons {
public:
    explicit Comparisons(std::span<const GuidelineCase> cases)
    {
        for (const GuidelineCase& one : cases) {
            if (one.header.status == CaseStatus::measured && !one.slowest_s.empty() && one.header.what.ranks > 1 &&
                parse_collective(one.header.what.pattern) && !algorithm_of(one.header.what)) {
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
    /// A case that does `pattern` with as many bytes on the same ranks: the first one as written, in place where the
    /// left side is and it has such a form, from the left side's root (0 where that has none).
    const GuidelineCase* find(std::string_view pattern, const GuidelineCase& left) const
    {
        const auto& what = left.header.what;
        const bool rooted = info(*parse_collective(pattern)).rooted;
        const GuidelineCase* found = nullptr;
        for (const GuidelineCase* one : cases_) {
            const CaseIdentity& other = one->header.what;
            const bool in_place = what.in_place && info(*parse_collective(pattern)).in_place;
            const bool fits = other.pattern == pattern && same_place(what, other) && other.bytes == what.bytes &&
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
            if (rule.left != what.pattern || !what.parameters.empty()) {
                continue;
            }
            Comparison comparison{
                .rule = fmt::format("{} <= {}", rule.left, rule.right[0]), .left = &left, .right = {}};
            comparison.right.push_back(find(rule.right[0], left));
            if (!rule.right[1].empty()) {
                comparison.rule += fmt::format(" + {}", rule.right[1]);
                comparison.right.push_back(find(rule.right[1], left));
            }
            if (std::ranges::find(comparison.right, nullptr) == comparison.right.end()) {
                found.push_back(std::move(comparison));
            }
        }
    }

    /// No rank gets an allreduce's result before all have come.
    void add_barrier(const GuidelineCase& left, std::vector<Comparison>& found) const
    {
        if (left.header.what.pattern != "barrier") {
            return;
        }
        for (const GuidelineCase* one : cases_) {  // the smallest first
            CaseIdentity what = one->header.what;
            what.dtype = left.header.what.dtype;
            if (what.pattern == "allreduce" && same_place(left.header.what, what)) {
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

    /// Against the largest measured part.
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

/// Three of four rounds by themselves; the last ones of sides that have more are left out.
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

bool is_between_two(std::string_view pattern)
{
    return pattern == "sendrecv" || pattern == "pingpong" || pattern == "bidirectional";
}

/// What the library calls it: MPI's name without MPI_.
std::string call_name(std::string_view pattern)
{
    if (pattern == "broadcast") {
        return "bcast";
    }
    return std::string(pattern == "reduce_scatter" ? "reduce_scatter_block" : pattern);
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
    if (mpi && is_between_two(broken.pattern)) {
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
    if (library.starts_with("Gloo") && broken.pattern == "allreduce") {
        return "backend_options: {algorithm: ...}";
    }
    return fmt::format("which algorithm the library takes for {} of this size", broken.pattern);
}

}  // namespace plumbline
