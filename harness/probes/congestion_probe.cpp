// SPDX-License-Identifier: Apache-2.0
#include "harness/probes/congestion_probe.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/hash.hpp"
#include "harness/probes/congestion_groups.hpp"
#include "harness/sampling/sample_columns.hpp"
#include "harness/util/timing.hpp"
#include "results/records/congestion_rows.hpp"
#include "results/records/round.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace plumbline {

namespace {

constexpr double share_to_get_going = 0.1;
constexpr int calibrations = 4;
constexpr int most_tries = 4;
constexpr int fewest_samples = 4;
/// A block beside aggressors has so many times the samples, since those of its beginning are left out.
constexpr double allowance = 1.3;
constexpr double longest_traffic_s = 30;
constexpr double no_traffic = 1e300;  ///< survives being the largest of negated values

/// What the ranks agree on of a split before its blocks.
struct Pace {
    std::uint32_t batch = 1;  ///< the victims' executions a sample
    double cycle_s = 0;       ///< of a victims' sample with the barrier before it, alone
    double aggression_s = 0;  ///< of an aggressors' execution, alone
    int samples = 0;          ///< a block
};

/// What a block came to, the same on all ranks.
struct BlockOutcome {
    int counted = 0;       ///< samples
    double victims_s = 0;  ///< until the last victim's last sample ended
    double traffic_s = 0;  ///< until the first aggressor was done
};

class CongestionProbe final : public CaseMeasurement {
public:
    CongestionProbe(CaseRun& run, const CongestionSpec& spec)
        : failure_(run.failure),
          start_(run.start),
          group_(run.ranks.group),
          members_(run.ranks.members),
          clock_(run.ranks.clock),
          case_(run.ranks.c),
          settings_(run.ranks.settings),
          nodes_(run.ranks.nodes),
          spec_(spec),
          quiet_(spec.aggressors.front() == Aggressor::none)
    {
    }

    Requirements requirements() const override
    {
        return {.total_bytes = 0,
                .bus_factor = std::nullopt,
                .closed_forms = {},
                .verification = Verification::verified,
                .verification_note = "of the victims, and of alltoall and broadcast, after each block"};
    }

    std::optional<std::string> refusal() const override
    {
        return why_no_memory(case_buffer_bytes(case_), group_.available_bytes(), members_.world_rank());
    }

    /// Memory is taken by the groups of each split.
    void prepare() override {}

    std::optional<std::string> run() override
    {
        for (int number = 0; number < spec_.splits && !interrupted_; ++number) {
            if (auto wrong = measure_split(number)) {
                return wrong;
            }
        }
        return std::nullopt;
    }

    bool interrupted() const override { return interrupted_; }

    Round collect() override
    {
        Round round;
        round.seconds = gather_matrix(members_, mine_);
        for (const std::uint8_t stage : rows_.stage) {
            round.warmup.push_back(stage == static_cast<std::uint8_t>(CongestionStage::congested) ? 0 : 1);
        }
        round.batch = batches_;
        start_.collect(round);
        const SampleMatrix aggression = gather_matrix(members_, aggression_s_);
        rows_.aggressor_s = aggression.values;
        round.congestion = rows_;
        return round;
    }

private:
    std::optional<std::string> measure_split(int number)
    {
        split_ = split_ranks(spec_, nodes_, settings_.round * spec_.splits + number);
        note_roles();
        CongestionGroups subgroup;
        const auto no_memory = try_to_join(subgroup);
        if (auto failed = failure_.agree(group_)) {
            return failed;
        }
        if (auto why = first_error(members_, no_memory)) {
            return why;
        }
        const Pace pace = find_pace(subgroup);
        if (auto failed = failure_.agree(group_)) {
            return failed;
        }
        // By turns; which begins is drawn in each round, so that no kind is always the one after a rest.
        const std::uint64_t drawn = hashed(0x636f6e67, static_cast<std::uint64_t>(settings_.round));
        const bool isolated_first = (static_cast<std::uint64_t>(number) + drawn) % 2 == 0;
        for (const bool congested : {!isolated_first, isolated_first}) {
            if (interrupted_) {
                break;
            }
            if (congested) {
                take_congested(subgroup, pace, number);
            } else {
                take_block(subgroup, pace, number, CongestionStage::isolated, 0);
            }
            if (auto failed = failure_.agree(group_)) {
                return failed;
            }
            if (auto wrong = first_error(members_, settings_.verify ? wrong_ : std::nullopt)) {
                return wrong;
            }
        }
        return std::nullopt;
    }

    void note_roles()
    {
        std::vector<std::uint8_t> roles(nodes_.size(), static_cast<std::uint8_t>(CongestionRole::neither));
        for (const int rank : split_.victims) {
            roles[static_cast<std::size_t>(rank)] = static_cast<std::uint8_t>(CongestionRole::victim);
        }
        for (const int rank : split_.aggressors) {
            const auto role = quiet_ ? CongestionRole::neither : CongestionRole::aggressor;
            roles[static_cast<std::size_t>(rank)] = static_cast<std::uint8_t>(role);
        }
        rows_.role.insert(rows_.role.end(), roles.begin(), roles.end());
        aggression_s_.push_back(std::numeric_limits<double>::quiet_NaN());
    }

    /// Nothing, or why this rank can't take its part.
    std::optional<std::string> try_to_join(CongestionGroups& subgroup)
    {
        const bool victim = std::ranges::find(split_.victims, members_.rank()) != split_.victims.end();
        if (!victim && quiet_) {
            return std::nullopt;
        }
        try {
            failure_.attempt(group_, [&] {
                Group& group = settings_.join_subgroup(victim ? split_.victims : split_.aggressors);
                subgroup = victim ? victims_groups(group, clock_, spec_, members_.world_rank())
                                  : aggressors_groups(group, clock_, spec_, members_.world_rank());
            });
        } catch (const std::bad_alloc&) {
            return fmt::format("rank {} has not enough memory for the buffers", members_.world_rank());
        }
        return std::nullopt;
    }

    /// Who communicates from now on: the subgroup alone, or both.
    void tell_concurrent(const CongestionGroups& subgroup, bool both)
    {
        std::vector<int> concurrent;
        const auto add = [&](const std::vector<int>& ranks) {
            for (const int rank : ranks) {
                concurrent.push_back(members_.members()[static_cast<std::size_t>(rank)]);
            }
        };
        if (both || subgroup.role == CongestionRole::victim) {
            add(split_.victims);
        }
        if (both || subgroup.role == CongestionRole::aggressor) {
            add(split_.aggressors);
        }
        subgroup.group->announce_concurrent_ranks(concurrent);
    }

    /// Collective: the victims alone, then the aggressors alone.
    Pace find_pace(CongestionGroups& subgroup)
    {
        if (subgroup.group != nullptr) {
            tell_concurrent(subgroup, false);
        }
        double execution_s = 0;
        double cycle_s = 0;
        double aggression_s = 0;
        start_.synchronize();
        if (subgroup.role == CongestionRole::victim) {
            const double begin_s = clock_.now_s();
            execution_s = no_traffic;
            for (int i = 0; i < calibrations; ++i) {
                come_together(subgroup);
                failure_.attempt(*subgroup.group, [&] {
                    execution_s = std::min(execution_s, time_sample(*subgroup.operation, clock_, 1).seconds);
                });
            }
            cycle_s = (clock_.now_s() - begin_s) / calibrations;
        }
        share({&execution_s, &cycle_s});
        start_.synchronize();
        if (subgroup.role == CongestionRole::aggressor) {
            failure_.attempt(*subgroup.group,
                             [&] { aggression_s = time_sample(*subgroup.operation, clock_, calibrations).seconds; });
        }
        share({&aggression_s});
        Pace pace;
        pace.batch = settings_.batch > 0 ? settings_.batch : batch_for(execution_s, settings_.clock_cost_s);
        pace.cycle_s = cycle_s + (pace.batch - 1) * execution_s;
        pace.aggression_s = aggression_s;
        pace.samples = samples_of_block(pace.cycle_s);
        return pace;
    }

    /// Equal shares of the case's samples and seconds for each split, and for both of its blocks.
    int samples_of_block(double cycle_s) const
    {
        const auto share = [&](int samples) { return (samples + spec_.splits - 1) / spec_.splits; };
        const int least = std::max(fewest_samples, share(case_.stop.min_samples));
        const int most = std::max(least, share(case_.stop.max_samples));
        const double affordable = case_.stop.max_seconds / (2 * spec_.splits) / std::max(cycle_s, 1e-9);
        return static_cast<int>(std::clamp(affordable, double{0} + least, double{0} + most));
    }

    /// Collective: as often as it takes until half of a block's samples are covered by the aggressors' traffic.
    void take_congested(CongestionGroups& subgroup, const Pace& pace, int number)
    {
        double stretch = 2;
        int counted = 0;
        for (int tries = 0; tries < most_tries && counted < (pace.samples + 1) / 2 && !interrupted_; ++tries) {
            const int executions =
                aggressor_executions(stretch * allowance * pace.samples * pace.cycle_s, pace.aggression_s);
            const BlockOutcome block = take_block(subgroup, pace, number, CongestionStage::congested, executions);
            counted += block.counted;
            stretch *= stretch_of_traffic(block.victims_s, block.traffic_s, executions, pace.aggression_s);
        }
    }

    /// Collective.
    BlockOutcome take_block(CongestionGroups& subgroup, const Pace& pace, int number, CongestionStage stage,
                            int executions)
    {
        const double wanted = pace.samples * (stage == CongestionStage::congested ? allowance : 1);
        const auto samples = static_cast<std::size_t>(std::ceil(wanted)) + 1;  // the first warms up
        std::vector<VictimSpan> spans(samples);
        std::vector<double> seconds(samples, 0);
        double traffic_s = no_traffic;
        if (subgroup.group != nullptr) {
            failure_.attempt(*subgroup.group, [&] { subgroup.reset_data(); });
            tell_concurrent(subgroup, stage == CongestionStage::congested && !quiet_);
        }
        // Only the victims begin samples, together with each other: no start of all ranks is noted.
        start_.begin_sample();
        const double begin_s = clock_.now_s();
        if (subgroup.role == CongestionRole::victim) {
            for (std::size_t i = 0; i < samples; ++i) {
                come_together(subgroup);
                failure_.attempt(*subgroup.group, [&] {
                    const Sample sample = time_sample(*subgroup.operation, clock_, pace.batch);
                    seconds[i] = sample.seconds;
                    spans[i] = {.begin_s = sample.begin_s - begin_s,
                                .end_s = sample.begin_s - begin_s + sample.seconds * pace.batch};
                });
            }
            failure_.attempt(*subgroup.group, [&] { note_wrong(subgroup); });
        } else if (subgroup.role == CongestionRole::aggressor && executions > 0) {
            failure_.attempt(*subgroup.group, [&] {
                for (int i = 0; i < executions; ++i) {
                    subgroup.operation->start();
                    subgroup.operation->finish();
                }
                traffic_s = clock_.now_s() - begin_s;
                aggression_s_.back() = traffic_s / executions;
                note_wrong(subgroup);
            });
        } else {
            std::ranges::fill(spans, VictimSpan{.begin_s = no_traffic, .end_s = 0});
        }
        const double agreed_traffic_s = agree(spans, subgroup.role == CongestionRole::victim, traffic_s);
        mine_.insert(mine_.end(), seconds.begin(), seconds.end());
        return note_rows(spans, stage, number, pace.batch, agreed_traffic_s);
    }

    /// Collective over the subgroup, also for a rank where the library has failed: the others would wait for it.
    void come_together(const CongestionGroups& subgroup)
    {
        failure_.attempt_always(*subgroup.group, [&] { subgroup.group->synchronize(); });
    }

    void note_wrong(const CongestionGroups& subgroup)
    {
        if (settings_.verify && !wrong_) {
            wrong_ = subgroup.check_data();
        }
    }

    /// Collective: the spans become all victims', and what is returned the first aggressor's end. Those who are done
    /// sleep until all are.
    double agree(std::vector<VictimSpan>& spans, bool victim, double traffic_s)
    {
        report_phase(settings_, RankPhase::communicating);
        members_.allreduce_max_sleeping(0);
        std::vector<double> news;
        for (const VictimSpan& span : spans) {
            news.push_back(victim ? -span.begin_s : -no_traffic);
            news.push_back(victim ? span.end_s : 0);
        }
        news.push_back(-traffic_s);
        news.push_back(settings_.interrupted() ? 1 : 0);
        members_.allreduce_max_each(news);
        for (std::size_t i = 0; i < spans.size(); ++i) {
            spans[i] = {.begin_s = -news[2 * i], .end_s = news[2 * i + 1]};
        }
        interrupted_ = news.back() > 0;
        if (settings_.progress && members_.rank() == case_root) {
            settings_.progress(mine_.size() + spans.size(), std::nullopt, std::nullopt);
        }
        return -news[news.size() - 2];
    }

    BlockOutcome note_rows(const std::vector<VictimSpan>& spans, CongestionStage stage, int number, std::uint32_t batch,
                           double traffic_s)
    {
        BlockOutcome block{.counted = 0, .victims_s = spans.back().end_s, .traffic_s = traffic_s};
        for (std::size_t i = 0; i < spans.size(); ++i) {
            const bool covered = stage == CongestionStage::isolated || quiet_ || is_covered(spans[i], traffic_s);
            const CongestionStage was = i > 0 && covered ? stage : CongestionStage::left_out;
            block.counted += was == stage ? 1 : 0;
            rows_.stage.push_back(static_cast<std::uint8_t>(was));
            rows_.split.push_back(number);
            batches_.push_back(batch);
        }
        return block;
    }

    /// Collective: each value becomes the largest of all ranks.
    void share(std::initializer_list<double*> values)
    {
        members_.allreduce_max_sleeping(0);
        std::vector<double> news;
        for (const double* value : values) {
            news.push_back(*value);
        }
        members_.allreduce_max_each(news);
        for (std::size_t i = 0; i < news.size(); ++i) {
            **(values.begin() + i) = news[i];
        }
    }

    FailureAgreement& failure_;
    CommonStart& start_;
    Group& group_;
    Communicator& members_;
    const Clock& clock_;
    const Case& case_;
    const MeasureSettings& settings_;
    const std::vector<int>& nodes_;
    const CongestionSpec& spec_;
    bool quiet_;             ///< no aggressor does anything: the control
    CongestionSplit split_;  ///< that is being measured
    CongestionRows rows_;
    std::vector<double> mine_;          ///< [sample]
    std::vector<double> aggression_s_;  ///< [split] of this rank
    std::vector<std::uint32_t> batches_;
    std::optional<std::string> wrong_;
    bool interrupted_ = false;
};

}  // namespace

bool is_covered(const VictimSpan& sample, double traffic_s)
{
    return sample.begin_s >= share_to_get_going * traffic_s && sample.end_s <= traffic_s;
}

int aggressor_executions(double wanted_s, double execution_s)
{
    const double one_s = std::max(execution_s, 1e-9);
    return static_cast<int>(
        std::clamp(std::ceil(wanted_s / one_s), 1.0, std::clamp(longest_traffic_s / one_s, 1.0, 1e9)));
}

double stretch_of_traffic(double victims_s, double traffic_s, int executions, double execution_s)
{
    const double lasted_s = std::max({traffic_s, executions * execution_s, 1e-9});
    return std::max(2.0, 1.5 * victims_s / lasted_s);
}

std::unique_ptr<CaseMeasurement> make_congestion_probe(CaseRun& run, const CongestionSpec& spec)
{
    return std::make_unique<CongestionProbe>(run, spec);
}

}  // namespace plumbline
