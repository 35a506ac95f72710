#include "harness/bisect_round.hpp"

#include "collectives/agreement.hpp"
#include "collectives/error.hpp"
#include "collectives/units.hpp"
#include "harness/library_failure.hpp"
#include "harness/link_message.hpp"
#include "results/bisect_diagnosis.hpp"
#include "results/bisection.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace plumbline {

namespace {

constexpr int reporter = 0;

/// One round of a bisect case on this rank, while it goes on.
class Bisecting {
public:
    Bisecting(Group& group, Communicator& members, const Clock& clock, const BisectSpec& spec, const Case& c,
              const MeasureSettings& settings, const std::vector<int>& nodes)
        : group_(group),
          members_(members),
          clock_(clock),
          spec_(spec),
          settings_(settings),
          units_(RankNodes(nodes)),
          bisection_(units_.count()),
          library_barrier_(make_barrier_alignment(group)),
          alignment_(settings.synchronisation != nullptr ? settings.synchronisation->alignment() : *library_barrier_),
          buffers_(group, c.what.bytes)
    {
    }

    /// Collective: until nothing is left to test. Returns the objection to the data, if any.
    std::optional<std::string> run()
    {
        while (!bisection_.next().empty() && !interrupted_) {
            const auto rings = rings_of_ranks();
            take_step(rings);
            why_broken_ = failure_.agree(group_);
            if (broken()) {
                return why_broken_;
            }
            if (auto wrong = settings_.verify ? first_objection(members_, wrong_) : std::nullopt) {
                return wrong;
            }
            auto seconds = agreed_seconds(rings);
            if (!interrupted_) {
                bisection_.add(std::move(seconds));
            }
        }
        return std::nullopt;
    }

    bool interrupted() const { return interrupted_; }
    /// The library failed on some rank: there is nothing to collect.
    bool broken() const { return why_broken_.has_value(); }

    /// Collective: the samples of all ranks, on the reporter.
    Round collect()
    {
        const auto ranks = static_cast<std::size_t>(members_.size());
        const bool here = members_.rank() == reporter;
        std::vector<double> by_rank(here ? mine_.size() * ranks : 0);
        members_.gather(std::as_bytes(std::span(mine_)), std::as_writable_bytes(std::span(by_rank)), reporter);
        Round round;
        round.warmup = flags_;
        round.batch.assign(mine_.size(), 1);
        round.synchronisation = name(alignment_.mode());
        round.links =
            LinkRows{.sends_to = sends_to_,
                     .stage = std::vector<std::uint8_t>(mine_.size(), static_cast<std::uint8_t>(LinkStage::ring))};
        if (here) {
            round.seconds = {.samples = mine_.size(), .ranks = ranks, .values = std::vector<double>(by_rank.size())};
            for (std::size_t rank = 0; rank < ranks; ++rank) {
                for (std::size_t sample = 0; sample < mine_.size(); ++sample) {
                    round.seconds.values[sample * ranks + rank] = by_rank[rank * mine_.size() + sample];
                }
            }
        }
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
        Group* team = nullptr;
        int before = -1;
        if (mine != rings.end()) {
            const auto place = static_cast<std::size_t>(std::ranges::find(*mine, me) - mine->begin());
            before = (*mine)[(place + mine->size() - 1) % mine->size()];
            failure_.attempt(group_, [&] { team = &settings_.join_team(*mine); });
        }
        if (team != nullptr) {
            failure_.attempt(*team, [&] { operation = buffers_.prepare_ring(*team); });
            failure_.attempt_always(*team, [&] { team->connect(); });
        }
        for (int i = 0; i <= spec_.repetitions; ++i) {
            const bool checks = i == 0 && operation && settings_.verify;
            if (checks) {
                failure_.attempt(*team, [&] { buffers_.poison(); });
            }
            tell(settings_, RankPhase::aligning);
            alignment_.align();
            tell(settings_, RankPhase::inside);
            double seconds = 0;
            if (operation) {
                failure_.attempt(*team, [&] {
                    const double begin = clock_.now_s();
                    operation->start();
                    operation->finish();
                    seconds = clock_.now_s() - begin;
                });
            }
            if (checks && !wrong_) {
                failure_.attempt(*team, [&] { wrong_ = buffers_.check(before); });
            }
            note(rings, seconds, i == 0);
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
        tell(settings_, RankPhase::talking);
        const auto repetitions = static_cast<std::size_t>(spec_.repetitions);
        std::vector<double> news(rings.size() * repetitions + 1, 0);
        news.back() = settings_.interrupted() ? 1 : 0;
        for (std::size_t ring = 0; ring < rings.size(); ++ring) {
            if (std::ranges::find(rings[ring], members_.rank()) != rings[ring].end()) {
                std::copy(mine_.end() - static_cast<std::ptrdiff_t>(repetitions), mine_.end(),
                          news.begin() + static_cast<std::ptrdiff_t>(ring * repetitions));
            }
        }
        members_.max_each(news);
        interrupted_ = news.back() > 0;
        std::vector<std::vector<double>> seconds;
        for (std::size_t ring = 0; ring < rings.size(); ++ring) {
            const auto first = news.begin() + static_cast<std::ptrdiff_t>(ring * repetitions);
            seconds.emplace_back(first, first + static_cast<std::ptrdiff_t>(repetitions));
        }
        if (settings_.progress && members_.rank() == reporter) {
            settings_.progress(mine_.size(), std::nullopt, std::nullopt);
        }
        return seconds;
    }

    Group& group_;
    Communicator& members_;
    const Clock& clock_;
    const BisectSpec& spec_;
    const MeasureSettings& settings_;
    RingUnits units_;
    Bisection bisection_;
    std::unique_ptr<Alignment> library_barrier_;
    Alignment& alignment_;
    LinkBuffers buffers_;
    std::vector<double> mine_;
    std::vector<std::uint8_t> flags_;
    std::vector<std::int32_t> sends_to_;  ///< [sample][rank]
    std::optional<std::string> wrong_;
    bool interrupted_ = false;
    LibraryFailure failure_{members_, clock_, settings_};
    std::optional<std::string> why_broken_;
};

/// Nothing, and why, where this rank has no memory for it.
std::unique_ptr<Bisecting> try_to_begin(std::optional<std::string>& why, LibraryFailure& failure, Group& group,
                                        int rank, auto&&... arguments)
{
    std::unique_ptr<Bisecting> begun;
    try {
        failure.attempt(group, [&] { begun = std::make_unique<Bisecting>(group, arguments...); });
    } catch (const std::bad_alloc&) {
        why = fmt::format("rank {} has not enough memory for the buffers", rank);
    }
    return begun;
}

double unix_now_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Measurement measure_bisect(Group& group, Communicator& members, const Clock& clock, const BisectSpec& spec,
                           const Case& c, const MeasureSettings& settings, const std::vector<int>& nodes)
{
    Measurement result;
    CaseHeader& header = result.header;
    header.id = c.id;
    header.what = c.what;
    header.world_ranks.assign(members.members().begin(), members.members().end());
    header.total_bytes = c.what.bytes;
    header.bus_factor = 1;
    const auto conclude = [&](CaseStatus status, std::string why) {
        header.status = status;
        header.why = std::move(why);
        return result;
    };

    const double begin = clock.now_s();
    const double started = unix_now_s();
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
    const auto bisecting = try_to_begin(why, failure, group, members.rank(), members, clock, spec, c, settings, nodes);
    if (const auto failed = failure.agree(group)) {
        result.broken = true;
        return conclude(CaseStatus::failed, *failed);
    }
    if (const auto objection = first_objection(members, why)) {
        return conclude(CaseStatus::skipped, *objection);
    }
    header.coverage = settings.verify ? Coverage::verified : Coverage::off;
    header.coverage_note =
        settings.verify ? "the first and last 4 KiB of each message, at the beginning of each step" : "";
    const auto wrong = bisecting->run();
    if (bisecting->broken()) {
        result.broken = true;
        return conclude(CaseStatus::failed, *wrong);
    }
    result.round = bisecting->collect();
    result.round.started_unix_s = started;
    result.round.elapsed_s = clock.now_s() - begin;
    result.interrupted = bisecting->interrupted() && !wrong;
    return wrong ? conclude(CaseStatus::failed, *wrong) : result;
}

}  // namespace plumbline
