#include "harness/links_round.hpp"

#include "collectives/agreement.hpp"
#include "collectives/error.hpp"
#include "collectives/units.hpp"
#include "harness/library_failure.hpp"
#include "harness/link_message.hpp"
#include "results/confirmation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <sstream>
#include <string>
#include <utility>

namespace plumbline {

namespace {

constexpr int reporter = 0;
constexpr double clock_readings_per_sample = 200;
constexpr double most_executions_per_sample = 10000;
constexpr int compute_rows_per_pass = 4;
constexpr double talk_every_s = 0.1;

/// What one sample is: the same on all ranks.
struct Row {
    LinkStage stage = LinkStage::sweep;
    int round = 0;
    bool back = false;  ///< one way: from the higher rank of each pair to the lower
    bool flagged = false;
};

/// One round of a links case on this rank, while it goes on.
class LinkSweep {
public:
    LinkSweep(Group& group, Communicator& members, const Clock& clock, const LinksSpec& spec, const Case& c,
              const MeasureSettings& settings, const std::vector<int>& nodes)
        : group_(group),
          members_(members),
          clock_(clock),
          spec_(spec),
          case_(c),
          settings_(settings),
          nodes_(nodes),
          schedule_(spec, nodes),
          library_barrier_(make_barrier_alignment(group)),
          alignment_(settings.synchronisation != nullptr ? settings.synchronisation->alignment() : *library_barrier_),
          buffers_(group, c.what.bytes)
    {
        if (spec.compute_s > 0) {
            work_ = group.prepare_compute({.seconds = spec.compute_s});
        }
    }

    /// Collective. Returns the objection to the data, if any.
    std::optional<std::string> warm_up()
    {
        pass(true);
        choose_batch();
        return settings_.verify && !broken() ? first_objection(members_, wrong_) : std::nullopt;
    }

    /// Collective: passes as long as the budget lasts, the first in any case.
    StopReason sweep()
    {
        const double begin = clock_.now_s();
        for (int done = 0; done < spec_.passes && goes_on(); ++done) {
            if (done > 0 && agreed(clock_.now_s() - begin) > case_.stop.max_seconds) {
                return StopReason::budget;
            }
            pass(false);
            for (int i = 0; work_ && i < compute_rows_per_pass && goes_on(); ++i) {
                take({.stage = LinkStage::compute, .flagged = true});
            }
        }
        return StopReason::cap;
    }

    /// Collective: rounds in which a suspect takes part, several times each.
    void confirm()
    {
        if (broken()) {
            return;
        }
        std::istringstream told(broadcast_text(members_, rounds_of_suspects(), reporter));
        const std::vector<int> rounds{std::istream_iterator<int>(told), std::istream_iterator<int>()};
        for (int repetition = 0; repetition < confirmations && !rounds.empty() && goes_on(); ++repetition) {
            for (const int round : rounds) {
                take_round({.stage = LinkStage::confirmation, .round = round, .flagged = true});
            }
            agreed(0);
        }
    }

    bool interrupted() const { return interrupted_; }
    /// The library failed on some rank, with this sentence: there is nothing to collect.
    bool broken() const { return why_broken_.has_value(); }
    const std::optional<std::string>& why_broken() const { return why_broken_; }

    /// Collective: the samples of all ranks, on the reporter.
    Round collect()
    {
        Round round;
        round.seconds = gather_samples();
        round.links = LinkRows{};
        for (const Row& row : rows_) {
            round.warmup.push_back(row.flagged ? 1 : 0);
            round.links->stage.push_back(static_cast<std::uint8_t>(row.stage));
            for (int rank = 0; rank < members_.size(); ++rank) {
                const LinkRole role = role_of(row, rank);
                const bool sends = role == LinkRole::sends || role == LinkRole::both;
                round.links->sends_to.push_back(sends ? *schedule_.partner(row.round, rank) : -1);
            }
        }
        round.batch = batches_;
        round.synchronisation = name(alignment_.mode());
        return round;
    }

private:
    LinkRole role_of(const Row& row, int rank) const
    {
        if (row.stage == LinkStage::compute) {
            return LinkRole::idle;
        }
        const auto peer = schedule_.partner(row.round, rank);
        if (!peer) {
            return LinkRole::idle;
        }
        if (spec_.traffic == LinkTraffic::both_ways) {
            return LinkRole::both;
        }
        return (rank < *peer) != row.back ? LinkRole::sends : LinkRole::receives;
    }

    void pass(bool warm_up)
    {
        int until_talk = 1;
        const double begin = clock_.now_s();
        for (int round = 0; round < schedule_.rounds() && goes_on(); ++round) {
            take_round({.round = round, .flagged = warm_up});
            if (--until_talk == 0) {
                const double each_s = agreed(clock_.now_s() - begin) / (round + 1);
                until_talk = static_cast<int>(std::clamp(talk_every_s / std::max(each_s, 1e-9), 1.0, 1e6));
            }
        }
    }

    void take_round(Row row)
    {
        take(row);
        if (spec_.traffic == LinkTraffic::one_way && goes_on()) {
            row.back = true;
            take(row);
        }
    }

    void take(const Row& row)
    {
        const bool computes = row.stage == LinkStage::compute;
        const LinkRole role = role_of(row, group_.rank());
        const int peer = role == LinkRole::idle ? -1 : *schedule_.partner(row.round, group_.rank());
        std::unique_ptr<Operation> message;
        if (!computes) {
            failure_.attempt(group_, [&] { message = buffers_.prepare(role, peer); });
        }
        const std::uint32_t executions = computes ? 1 : batch_;
        const bool checks = settings_.verify && row.flagged && row.stage == LinkStage::sweep &&
                            (role == LinkRole::receives || role == LinkRole::both);
        if (checks) {
            failure_.attempt(group_, [&] { buffers_.poison(); });
        }
        failure_.attempt_always(group_, [&] { group_.connect(); });
        tell(settings_, RankPhase::aligning);
        alignment_.align();
        tell(settings_, RankPhase::inside);
        double spent_s = 0;
        failure_.attempt(group_, [&] { spent_s = seconds_of(computes ? *work_ : *message, executions); });
        if (checks && !wrong_) {
            failure_.attempt(group_, [&] { wrong_ = buffers_.check(peer); });
        }
        mine_.push_back(spent_s / executions);
        batches_.push_back(executions);
        rows_.push_back(row);
        why_broken_ = failure_.agree(group_);
    }

    double seconds_of(Operation& operation, std::uint32_t executions) const
    {
        const double begin = clock_.now_s();
        for (std::uint32_t i = 0; i < executions; ++i) {
            operation.start();
            operation.finish();
        }
        return clock_.now_s() - begin;
    }

    bool goes_on() const { return !interrupted_ && !broken(); }

    /// Collective: what all ranks take for the time spent, and whether to go on.
    double agreed(double spent_s)
    {
        tell(settings_, RankPhase::talking);
        std::vector<double> news{spent_s, settings_.interrupted() ? 1.0 : 0.0};
        members_.max_each(news);
        interrupted_ = interrupted_ || news[1] > 0;
        if (settings_.progress && members_.rank() == reporter) {
            settings_.progress(rows_.size(), std::nullopt, std::nullopt);
        }
        return news[0];
    }

    /// Collective: so many executions a sample that the fastest link's is long for the clock.
    void choose_batch()
    {
        double fastest_s = case_.stop.max_seconds;
        for (std::size_t i = 0; i < mine_.size(); ++i) {
            const LinkRole role = role_of(rows_[i], group_.rank());
            if (role == LinkRole::sends || role == LinkRole::both) {
                fastest_s = std::min(fastest_s, mine_[i]);
            }
        }
        std::vector<double> least{-fastest_s};
        members_.max_each(least);
        const double wanted_s = clock_readings_per_sample * settings_.clock_cost_s;
        if (settings_.batch > 0) {
            batch_ = settings_.batch;
        } else if (wanted_s > 0 && least[0] < 0) {
            batch_ = static_cast<std::uint32_t>(
                std::clamp(std::ceil(wanted_s / -least[0]), 1.0, most_executions_per_sample));
        }
    }

    /// Collective: numbers of rounds as text, on the reporter.
    std::string rounds_of_suspects()
    {
        CaseRecord so_far;
        so_far.header.what = case_.what;
        so_far.rounds.push_back(collect());
        if (members_.rank() != reporter) {
            return {};
        }
        const auto suspects = find_suspects(survey_of(so_far, nodes_));
        return fmt::format("{}", fmt::join(rounds_to_confirm(schedule_, suspects, nodes_), " "));
    }

    SampleMatrix gather_samples()
    {
        const auto ranks = static_cast<std::size_t>(members_.size());
        const bool here = members_.rank() == reporter;
        std::vector<double> by_rank(here ? mine_.size() * ranks : 0);
        members_.gather(std::as_bytes(std::span(mine_)), std::as_writable_bytes(std::span(by_rank)), reporter);
        SampleMatrix matrix;
        if (!here) {
            return matrix;
        }
        matrix.samples = mine_.size();
        matrix.ranks = ranks;
        matrix.values.resize(by_rank.size());
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            for (std::size_t sample = 0; sample < mine_.size(); ++sample) {
                matrix.values[sample * ranks + rank] = by_rank[rank * mine_.size() + sample];
            }
        }
        return matrix;
    }

    Group& group_;
    Communicator& members_;
    const Clock& clock_;
    const LinksSpec& spec_;
    const Case& case_;
    const MeasureSettings& settings_;
    RankNodes nodes_;
    LinkSchedule schedule_;
    std::unique_ptr<Alignment> library_barrier_;
    Alignment& alignment_;
    LinkBuffers buffers_;
    std::unique_ptr<Operation> work_;
    std::vector<Row> rows_;
    std::vector<double> mine_;
    std::vector<std::uint32_t> batches_;
    std::uint32_t batch_ = 1;
    std::optional<std::string> wrong_;
    bool interrupted_ = false;
    LibraryFailure failure_{members_, clock_, settings_};
    std::optional<std::string> why_broken_;
};

double unix_now_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Nothing, and why, where this rank has no memory for it.
std::unique_ptr<LinkSweep> try_to_begin(std::optional<std::string>& why, LibraryFailure& failure, Group& group,
                                        int rank, auto&&... arguments)
{
    std::unique_ptr<LinkSweep> begun;
    try {
        failure.attempt(group, [&] { begun = std::make_unique<LinkSweep>(group, arguments...); });
    } catch (const std::bad_alloc&) {
        why = fmt::format("rank {} has not enough memory for the buffers", rank);
    }
    return begun;
}

}  // namespace

Measurement measure_links(Group& group, Communicator& members, const Clock& clock, const LinksSpec& spec, const Case& c,
                          const MeasureSettings& settings, const std::vector<int>& nodes)
{
    Measurement result;
    CaseHeader& header = result.header;
    header.id = c.id;
    header.what = c.what;
    header.world_ranks.assign(members.members().begin(), members.members().end());
    header.total_bytes = c.what.bytes;
    header.bus_factor = 1;
    result.round.started_unix_s = unix_now_s();
    const auto conclude = [&](CaseStatus status, std::string why) {
        header.status = status;
        header.why = std::move(why);
        return result;
    };

    const double begin = clock.now_s();
    const std::uint64_t need = 2 * c.what.bytes;
    std::optional<std::string> why;
    if (need > group.available_bytes()) {
        why = fmt::format("needs {} of buffers on rank {}, which may take {}", format_bytes(need), group.rank(),
                          format_bytes(group.available_bytes()));
    }
    if (const auto objection = first_objection(members, why)) {
        return conclude(CaseStatus::skipped, *objection);
    }
    if (settings.synchronisation != nullptr) {
        if (const auto refusal = settings.synchronisation->refusal()) {
            return conclude(CaseStatus::skipped, *refusal);
        }
        settings.synchronisation->begin_round();
    }
    LibraryFailure failure(members, clock, settings);
    const auto sweep = try_to_begin(why, failure, group, members.rank(), members, clock, spec, c, settings, nodes);
    if (const auto failed = failure.agree(group)) {
        result.broken = true;
        return conclude(CaseStatus::failed, *failed);
    }
    if (const auto objection = first_objection(members, why)) {
        return conclude(CaseStatus::skipped, *objection);
    }
    header.coverage = settings.verify ? Coverage::verified : Coverage::off;
    header.coverage_note = settings.verify ? "the first and last 4 KiB of a message on every link, at the start" : "";

    const auto wrong = sweep->warm_up();
    StopReason stop = StopReason::cap;
    if (!wrong && !sweep->interrupted() && !sweep->broken()) {
        stop = sweep->sweep();
        sweep->confirm();
    }
    if (sweep->broken()) {
        result.broken = true;
        return conclude(CaseStatus::failed, *sweep->why_broken());
    }
    const double started = result.round.started_unix_s;
    result.round = sweep->collect();
    result.round.started_unix_s = started;
    result.round.elapsed_s = clock.now_s() - begin;
    result.round.stop = stop;
    result.interrupted = sweep->interrupted() && !wrong;
    return wrong ? conclude(CaseStatus::failed, *wrong) : result;
}

}  // namespace plumbline
