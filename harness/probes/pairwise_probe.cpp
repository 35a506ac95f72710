// SPDX-License-Identifier: Apache-2.0
#include "harness/probes/pairwise_probe.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/hash.hpp"
#include "harness/probes/link_message.hpp"
#include "harness/sampling/choose_batch.hpp"
#include "harness/sampling/sample_columns.hpp"
#include "harness/util/timing.hpp"
#include "results/diagnosis/link_deviations.hpp"
#include "results/diagnosis/retest.hpp"
#include "results/statistics/statistics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

namespace plumbline {

namespace {

constexpr int compute_rows_per_pass = 4;
constexpr double talk_every_s = 0.1;
/// Matchings in which a message after a rest is held against its repetition: half of a sweep's, between these.
constexpr int fewest_looks_at_rest = 2;
constexpr int most_looks_at_rest = 8;

/// What one sample is: the same on all ranks.
struct Row {
    LinkStage stage = LinkStage::sweep;
    int round = 0;
    int phase = 0;  ///< of the matching's samples: PairwiseSchedule::phase()
    bool flagged = false;
};

/// What is drawn anew for each round of the case, each pass over the matchings and each matching in it: nothing that is
/// first or last in one is so in the next.
class DrawnOrder {
public:
    explicit DrawnOrder(std::uint64_t round) : seed_(hashed(0x6c696e6b73, round)) {}

    /// `values` in the order of this pass; each call is another pass.
    std::vector<int> next_pass(std::vector<int> values)
    {
        pass_ = hashed(seed_, ++passes_);
        shuffle(values, pass_);
        return values;
    }
    /// The phases of a matching in the order of this pass. It is one for all of its pairs: were it drawn for each pair,
    /// half of those behind a trunk would send while the others receive, and never would it carry all of them.
    std::vector<int> phases(int matching, LinkTraffic traffic) const
    {
        if (traffic == LinkTraffic::both_ways) {
            return {0};
        }
        const int first = static_cast<int>(hashed(pass_, static_cast<std::uint64_t>(matching)) % 2);
        return {first, 1 - first};
    }

private:
    std::uint64_t seed_;
    std::uint64_t passes_ = 0;
    std::uint64_t pass_ = 0;
};

/// One round of a links case on this rank, while it goes on.
class PairwiseProbe final : public CaseMeasurement {
public:
    PairwiseProbe(CaseRun& run, const PairwiseSpec& spec)
        : failure_(run.failure),
          start_(run.start),
          group_(run.ranks.group),
          members_(run.ranks.members),
          clock_(run.ranks.clock),
          spec_(spec),
          case_(run.ranks.c),
          settings_(run.ranks.settings),
          nodes_(run.ranks.nodes),
          schedule_(spec, run.ranks.nodes),
          matchings_(static_cast<std::size_t>(schedule_.rounds())),
          order_(static_cast<std::uint64_t>(run.ranks.settings.round))
    {
        std::iota(matchings_.begin(), matchings_.end(), 0);
    }

    Requirements requirements() const override
    {
        return {.total_bytes = case_.what.bytes,
                .bus_factor = 1,
                .closed_forms = {},
                .verification = Verification::verified,
                .verification_note = "the first and last 4 KiB of a message on every link, at the start"};
    }

    std::optional<std::string> refusal() const override
    {
        return why_no_memory(case_buffer_bytes(case_), group_.available_bytes(), members_.world_rank());
    }

    void prepare() override
    {
        buffers_.emplace(group_, members_.members(), case_.what.bytes);
        if (spec_.compute_s > 0) {
            work_ = group_.prepare_compute({.seconds = spec_.compute_s});
        }
    }

    std::optional<std::string> run() override
    {
        const auto wrong = warm_up();
        if (!wrong && goes_on()) {
            stop_ = sweep();
            confirm();
        }
        return broken_ ? broken_ : wrong;
    }

    bool interrupted() const override { return interrupted_; }

    Round collect() override
    {
        Round round = samples();
        start_.collect(round);
        return round;
    }

private:
    /// Collective: of all ranks so far, on the case root.
    Round samples()
    {
        Round round;
        round.seconds = gather_matrix(members_, mine_);
        round.stop = stop_;
        round.links = LinkRows{};
        round.links->sends_to.reserve(rows_.size() * static_cast<std::size_t>(members_.size()));
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
        return round;
    }

    /// Collective. Returns the objection to the data, if any.
    std::optional<std::string> warm_up()
    {
        pass(true);
        settle_batch();
        look_at_rest();
        return settings_.verify && !broken_ ? first_error(members_, wrong_) : std::nullopt;
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
        if (broken_) {
            return;
        }
        std::istringstream told(broadcast_text(members_, rounds_of_suspects(), case_root));
        const std::vector<int> rounds{std::istream_iterator<int>(told), std::istream_iterator<int>()};
        for (int repetition = 0; repetition < retest_passes && !rounds.empty() && goes_on(); ++repetition) {
            for (const int round : order_.next_pass(rounds)) {
                take_matching({.stage = LinkStage::confirmation, .round = round, .flagged = true});
            }
            agreed(0);
        }
    }

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
        return schedule_.phase(row.round, rank) == row.phase ? LinkRole::sends : LinkRole::receives;
    }

    void pass(bool warm_up)
    {
        int until_talk = 1;
        int taken = 0;
        const double begin = clock_.now_s();
        for (const int round : order_.next_pass(matchings_)) {
            if (!goes_on()) {
                return;
            }
            take_matching({.round = round, .flagged = warm_up});
            ++taken;
            if (--until_talk == 0) {
                const double each_s = agreed(clock_.now_s() - begin) / taken;
                until_talk = static_cast<int>(std::clamp(talk_every_s / std::max(each_s, 1e-9), 1.0, 1e6));
            }
        }
    }

    void take_matching(Row row)
    {
        for (const int phase : order_.phases(row.round, spec_.traffic)) {
            if (!goes_on()) {
                return;
            }
            row.phase = phase;
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
            failure_.attempt(group_, [&] { message = buffers_->prepare(role, peer); });
        }
        const std::uint32_t executions = computes ? 1 : batch_;
        const bool checks = settings_.verify && row.flagged && row.stage == LinkStage::sweep &&
                            (role == LinkRole::receives || role == LinkRole::both);
        if (checks) {
            failure_.attempt(group_, [&] { buffers_->poison(); });
        }
        failure_.attempt_always(group_, [&] { group_.connect(); });
        start_.begin_sample();
        // After the common start: between the two messages of a pair nobody waits for a slower one.
        if (leads_ && !computes && row.stage != LinkStage::rested) {
            failure_.attempt(group_, [&] {
                message->start();
                message->finish();
            });
        }
        Sample sample;
        failure_.attempt(group_, [&] { sample = time_sample(computes ? *work_ : *message, clock_, executions); });
        if (checks && !wrong_) {
            failure_.attempt(group_, [&] { wrong_ = buffers_->check(peer); });
        }
        start_.note(sample.begin_s);
        mine_.push_back(sample.seconds);
        batches_.push_back(executions);
        rows_.push_back(row);
        broken_ = failure_.agree(group_);
    }

    bool goes_on() const { return !interrupted_ && !broken_; }

    /// Collective: what all ranks take for the time spent, and whether to go on.
    double agreed(double spent_s)
    {
        report_phase(settings_, RankPhase::communicating);
        std::vector<double> news{spent_s, settings_.interrupted() ? 1.0 : 0.0};
        members_.allreduce_max_each(news);
        interrupted_ = interrupted_ || news[1] > 0;
        if (settings_.progress && members_.rank() == case_root) {
            settings_.progress(rows_.size(), std::nullopt, std::nullopt);
        }
        return news[0];
    }

    /// Collective: each message of some matchings after a rest of all ranks, and again right after it. Where that makes
    /// a difference (a shaper or pacer with credit, a connection that slows its start), it depends on the order of the
    /// samples what a link finds; each timed message then follows an untimed one of its own.
    void look_at_rest()
    {
        if (schedule_.rounds() == 0 || !goes_on()) {
            return;
        }
        const double rest_s =
            2 * fastest_since(0) * batch_;  // as long as two messages: a bucket that empties in one fills
        const int looks = std::clamp(spec_.passes * schedule_.rounds() / 2, fewest_looks_at_rest, most_looks_at_rest);
        std::vector<double> ratios;
        for (int look = 0; look < looks && goes_on(); ++look) {
            if (look % schedule_.rounds() == 0) {
                rest_order_ = order_.next_pass(matchings_);
            }
            const int round = rest_order_[static_cast<std::size_t>(look % schedule_.rounds())];
            Row row{.round = round, .flagged = true};
            for (const int phase : order_.phases(round, spec_.traffic)) {
                if (!goes_on()) {
                    break;
                }
                row.phase = phase;
                row.stage = LinkStage::rested;
                clock_.wait_until(clock_.now_s() + rest_s);
                take(row);
                row.stage = LinkStage::repeated;
                if (goes_on()) {
                    take(row);
                    const LinkRole role = role_of(row, group_.rank());
                    const auto peer = schedule_.partner(row.round, group_.rank());
                    const bool sends = role == LinkRole::sends || role == LinkRole::both;
                    if (sends && is_evidence(group_.rank(), *peer, nodes_)) {  // as diagnose() looks at them
                        ratios.push_back(std::log(mine_.back() / mine_[mine_.size() - 2]));
                    }
                }
            }
        }
        const double effect = std::abs(median(ratios).value_or(0));
        std::vector<double> largest{std::isfinite(effect) ? effect : 0};
        members_.allreduce_max_each(largest);
        leads_ = largest[0] > smallest_effect;
    }

    /// Collective: so many executions a sample that the fastest link's is long for the clock. The warm-up's samples are
    /// first contacts, many times as long as settled ones: some rounds more, flagged too, tell better.
    void settle_batch()
    {
        if (settings_.batch > 0) {
            batch_ = settings_.batch;
            return;
        }
        const auto look = [this](std::uint32_t batch) -> std::optional<double> {
            batch_ = batch;
            if (!goes_on()) {
                return std::nullopt;
            }
            const std::size_t known = mine_.size();
            take_matching({.flagged = true});
            return fastest_since(known);
        };
        batch_ = choose_batch(fastest_since(0), settings_.clock_cost_s, look);
    }

    /// Collective: an execution on the fastest link among the samples from number `first` on.
    double fastest_since(std::size_t first)
    {
        double fastest_s = case_.stop.max_seconds;
        for (std::size_t i = first; i < mine_.size(); ++i) {
            const LinkRole role = role_of(rows_[i], group_.rank());
            if (role == LinkRole::sends || role == LinkRole::both) {
                fastest_s = std::min(fastest_s, mine_[i]);
            }
        }
        std::vector<double> least{-fastest_s};
        members_.allreduce_max_each(least);
        return -least[0];
    }

    /// Collective: numbers of rounds as text, on the case root.
    std::string rounds_of_suspects()
    {
        CaseRecord so_far;
        so_far.header.what = case_.what;
        so_far.rounds.push_back(samples());
        if (members_.rank() != case_root) {
            return {};
        }
        const auto suspects = find_suspects(pairwise_samples_of(so_far, nodes_));
        return fmt::format("{}", fmt::join(matchings_to_retest(schedule_, suspects, nodes_), " "));
    }

    FailureAgreement& failure_;
    CommonStart& start_;
    Group& group_;
    Communicator& members_;
    const Clock& clock_;
    const PairwiseSpec& spec_;
    const Case& case_;
    const MeasureSettings& settings_;
    RankNodes nodes_;
    PairwiseSchedule schedule_;
    std::vector<int> matchings_;  ///< 0, 1, ...
    DrawnOrder order_;
    std::vector<int> rest_order_;
    bool leads_ = false;                  ///< an untimed message before each timed one
    std::optional<LinkBuffers> buffers_;  ///< from prepare() on
    std::unique_ptr<Operation> work_;
    std::vector<Row> rows_;
    std::vector<double> mine_;
    std::vector<std::uint32_t> batches_;
    std::uint32_t batch_ = 1;
    std::optional<std::string> wrong_;
    StopReason stop_ = StopReason::cap;
    std::optional<std::string> broken_;  ///< what the library failed with on some rank
    bool interrupted_ = false;
};

}  // namespace

std::unique_ptr<CaseMeasurement> make_pairwise_probe(CaseRun& run, const PairwiseSpec& spec)
{
    return std::make_unique<PairwiseProbe>(run, spec);
}

}  // namespace plumbline
