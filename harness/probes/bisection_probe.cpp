// SPDX-License-Identifier: Apache-2.0
#include "harness/probes/bisection_probe.hpp"

#include "collectives/api/agreement.hpp"
#include "harness/probes/link_message.hpp"
#include "harness/sampling/sample_columns.hpp"
#include "harness/util/timing.hpp"
#include "results/diagnosis/bisect_diagnosis.hpp"
#include "results/diagnosis/bisection.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace plumbline {

namespace {

/// One round of a bisect case on this rank, while it goes on.
class BisectionProbe final : public CaseMeasurement {
public:
    BisectionProbe(CaseRun& run, const BisectionSpec& spec)
        : failure_(run.failure),
          start_(run.start),
          group_(run.ranks.group),
          members_(run.ranks.members),
          clock_(run.ranks.clock),
          spec_(spec),
          case_(run.ranks.c),
          settings_(run.ranks.settings),
          units_(RankNodes(run.ranks.nodes)),
          bisection_(units_.count())
    {
    }

    Requirements requirements() const override
    {
        return {.total_bytes = case_.what.bytes,
                .bus_factor = 1,
                .closed_forms = {},
                .verification = Verification::verified,
                .verification_note = "the first and last 4 KiB of each message, at the beginning of each step"};
    }

    std::optional<std::string> refusal() const override
    {
        return why_no_memory(case_buffer_bytes(case_), group_.available_bytes(), members_.world_rank());
    }

    void prepare() override { buffers_.emplace(group_, members_.members(), case_.what.bytes); }

    /// Collective: until nothing is left to test. Returns the objection to the data, if any.
    std::optional<std::string> run() override
    {
        while (!bisection_.next().empty() && !interrupted_) {
            const auto rings = rings_of_ranks();
            take_step(rings);
            if (auto failed = failure_.agree(group_)) {
                return failed;
            }
            if (auto wrong = settings_.verify ? first_error(members_, wrong_) : std::nullopt) {
                return wrong;
            }
            auto seconds = agreed_seconds(rings);
            if (!interrupted_) {
                bisection_.add(std::move(seconds));
            }
        }
        return std::nullopt;
    }

    bool interrupted() const override { return interrupted_; }

    Round collect() override
    {
        Round round;
        round.seconds = gather_matrix(members_, mine_);
        round.warmup = flags_;
        round.batch.assign(mine_.size(), 1);
        start_.collect(round);
        round.links =
            LinkRows{.sends_to = sends_to_,
                     .stage = std::vector<std::uint8_t>(mine_.size(), static_cast<std::uint8_t>(LinkStage::ring))};
        return round;
    }

private:
    std::vector<std::vector<int>> rings_of_ranks() const
    {
        std::vector<std::vector<int>> rings;
        for (const auto& ring : bisection_.next()) {
            rings.push_back(units_.ranks_of(ring));
        }
        return rings;
    }

    /// A sample that warms up and is checked, then the timed ones. Who is in no ring only comes to the start.
    void take_step(const std::vector<std::vector<int>>& rings)
    {
        const int me = members_.rank();
        const auto mine =
            std::ranges::find_if(rings, [&](const auto& ring) { return std::ranges::find(ring, me) != ring.end(); });
        std::unique_ptr<Operation> operation;
        Group* subgroup = nullptr;
        int before = -1;
        if (mine != rings.end()) {
            const auto place = static_cast<std::size_t>(std::ranges::find(*mine, me) - mine->begin());
            before = (*mine)[(place + mine->size() - 1) % mine->size()];
            failure_.attempt(group_, [&] { subgroup = &settings_.join_subgroup(*mine); });
        }
        if (subgroup != nullptr) {
            failure_.attempt(*subgroup, [&] { operation = buffers_->prepare_ring(*subgroup); });
            failure_.attempt_always(*subgroup, [&] { subgroup->connect(); });
        }
        for (int i = 0; i <= spec_.repetitions; ++i) {
            const bool checks = i == 0 && operation && settings_.verify;
            if (checks) {
                failure_.attempt(*subgroup, [&] { buffers_->poison(); });
            }
            start_.begin_sample();
            Sample sample;
            if (operation) {
                failure_.attempt(*subgroup, [&] { sample = time_sample(*operation, clock_, 1); });
            } else {
                sample.begin_s = clock_.now_s();
            }
            start_.note(sample.begin_s);
            if (checks && !wrong_) {
                failure_.attempt(*subgroup, [&] { wrong_ = buffers_->check(before); });
            }
            note(rings, sample.seconds, i == 0);
        }
    }

    void note(const std::vector<std::vector<int>>& rings, double seconds, bool flagged)
    {
        mine_.push_back(seconds);
        flags_.push_back(flagged ? 1 : 0);
        const std::size_t row = sends_to_.size();
        sends_to_.resize(row + static_cast<std::size_t>(members_.size()), -1);
        for (const auto& ring : rings) {
            for (std::size_t i = 0; i < ring.size(); ++i) {
                sends_to_[row + static_cast<std::size_t>(ring[i])] = ring[(i + 1) % ring.size()];
            }
        }
    }

    /// Collective: the slowest member's seconds of each ring in the last step, the same on all ranks.
    std::vector<std::vector<double>> agreed_seconds(const std::vector<std::vector<int>>& rings)
    {
        report_phase(settings_, RankPhase::communicating);
        const auto repetitions = static_cast<std::size_t>(spec_.repetitions);
        std::vector<double> news(rings.size() * repetitions + 1, 0);
        news.back() = settings_.interrupted() ? 1 : 0;
        for (std::size_t ring = 0; ring < rings.size(); ++ring) {
            if (std::ranges::find(rings[ring], members_.rank()) != rings[ring].end()) {
                std::copy(mine_.end() - static_cast<std::ptrdiff_t>(repetitions), mine_.end(),
                          news.begin() + static_cast<std::ptrdiff_t>(ring * repetitions));
            }
        }
        members_.allreduce_max_each(news);
        interrupted_ = news.back() > 0;
        std::vector<std::vector<double>> seconds;
        for (std::size_t ring = 0; ring < rings.size(); ++ring) {
            const auto first = news.begin() + static_cast<std::ptrdiff_t>(ring * repetitions);
            seconds.emplace_back(first, first + static_cast<std::ptrdiff_t>(repetitions));
        }
        if (settings_.progress && members_.rank() == case_root) {
            settings_.progress(mine_.size(), std::nullopt, std::nullopt);
        }
        return seconds;
    }

    FailureAgreement& failure_;
    CommonStart& start_;
    Group& group_;
    Communicator& members_;
    const Clock& clock_;
    const BisectionSpec& spec_;
    const Case& case_;
    const MeasureSettings& settings_;
    RingUnits units_;
    BisectionSearch bisection_;
    std::optional<LinkBuffers> buffers_;  ///< from prepare() on
    std::vector<double> mine_;
    std::vector<std::uint8_t> flags_;
    std::vector<std::int32_t> sends_to_;  ///< [sample][rank]
    std::optional<std::string> wrong_;
    bool interrupted_ = false;
};

}  // namespace

std::unique_ptr<CaseMeasurement> make_bisection_probe(CaseRun& run, const BisectionSpec& spec)
{
    return std::make_unique<BisectionProbe>(run, spec);
}

}  // namespace plumbline
