// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/common_start.hpp"

#include "harness/sampling/sample_columns.hpp"

#include <utility>
#include <vector>

namespace plumbline {

CommonStart::CommonStart(const CaseContext& ranks)
    : members_(ranks.members),
      settings_(ranks.settings),
      clock_(ranks.clock),
      library_barrier_(make_barrier_alignment(ranks.group)),
      start_sync_(library_barrier_.get())
{
}

std::optional<std::string> CommonStart::refusal() const
{
    return settings_.synchronisation == nullptr ? std::nullopt : settings_.synchronisation->refusal();
}

void CommonStart::begin_round()
{
    if (settings_.synchronisation != nullptr) {
        settings_.synchronisation->begin_round();
        start_sync_ = &settings_.synchronisation->start_sync();
    }
}

void CommonStart::begin_sample()
{
    report_phase(settings_, RankPhase::aligning);
    start_sync_->synchronize();
    late_ = start_sync_->late();
    report_phase(settings_, RankPhase::timed);
}

void CommonStart::collect(Round& round) const
{
    round.synchronisation = name(start_sync_->mode());
    if (settings_.synchronisation == nullptr || starts_.size() == 0) {
        return;
    }
    if (const auto& common_clock = settings_.synchronisation->common_clock()) {
        std::vector<double> error_s{starts_.error_s(*common_clock)};
        members_.allreduce_max_each(error_s);
        round.clock_error_s = error_s.front();
        SampleMatrix offsets = offsets_from_earliest(gather_matrix(members_, starts_.on(*common_clock)));
        for (double& offset : offsets.values) {
            offset = in_counts(offset, clock_, 1);
        }
        round.start_offset_s = std::move(offsets);
    }
    if (start_sync_->mode() == SyncMode::window) {
        std::vector<double> late = starts_.late();
        members_.allreduce_max_each(late);
        round.late.assign(late.begin(), late.end());
    }
}

}  // namespace plumbline
