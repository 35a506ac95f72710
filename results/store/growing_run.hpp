// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/machine_state.hpp"
#include "results/records/round.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/records/scaling_row.hpp"
#include "results/store/parts_folder.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace plumbline {

/// What a writer knows of the cases of its file while rounds are added: their rows, machine states and scaling.
/// Touches no file itself.
class GrowingRun {
public:
    /// Of a round that was stored, from wherever it lies. May throw; what is thrown goes through.
    struct Stored {
        std::function<Round(const layout::RoundKey&)> reduced_round;  ///< see reduced()
        std::function<std::vector<int>(const layout::RoundKey&)> world_ranks;
    };
    using MakeScaling = std::function<std::vector<ScalingRow>(const RunData&)>;

    /// `scaling` may be empty: there are no rows then.
    GrowingRun(Stored stored, MakeScaling scaling) : stored_(std::move(stored)), make_scaling_(std::move(scaling)) {}

    RunMetadata info;

    /// Rows and rounds of a file that goes on, as they are in it.
    void adopt(const RunData& measured, std::set<layout::RoundKey> rounds);
    /// A round, whose case is then due in the next refresh(). `reduced`: what reduced() makes of it; nothing: it is
    /// read when it is asked for.
    void add(const CaseHeader& header, const layout::RoundKey& key, std::optional<Round> reduced);
    /// A case of which there is no round: another suite's number, without samples.
    void add(const CaseHeader& header);
    /// What was probed around a round, if anything was.
    void note_machine(const layout::RoundKey& key, const Round& round);

    /// Tells states apart anew, since later probes can show that earlier ones are two groups or one, and makes the rows
    /// of the cases that are due: new rounds, or rounds that changed state.
    void refresh();
    /// The states alone; nothing is due afterwards: for rows that are as they should be.
    void refresh_states_of_adopted();

    const std::map<int, CaseSummary>& cases() const { return cases_; }
    const std::set<layout::RoundKey>& rounds() const { return rounds_; }
    std::vector<layout::RoundKey> rounds_of(int id) const;
    std::vector<CaseSummary> rows() const;
    const std::vector<ScalingRow>& scaling() const { return scaling_; }
    const MachineStates& states() const { return states_; }
    /// The rounds that states().of_round is about.
    const std::vector<layout::RoundKey>& state_rounds() const { return state_rounds_; }

private:
    void refresh_states();
    std::vector<int> states_of(int id) const;
    const Round& reduced_round(const layout::RoundKey& key) const;
    CaseRecord reduced_record(const CaseHeader& header) const;
    void summarise_case(CaseHeader header);
    void refresh_scaling();
    RunData family_of(const std::vector<int>& ids) const;

    Stored stored_;
    MakeScaling make_scaling_;
    std::map<int, CaseSummary> cases_;
    std::set<layout::RoundKey> rounds_;
    std::map<int, CaseHeader> due_;
    mutable std::map<layout::RoundKey, Round> reduced_;  ///< of those that were asked for
    std::vector<ScalingRow> scaling_;
    std::map<std::pair<double, layout::RoundKey>, SnapshotPair> machine_;  ///< by the start of the round
    MachineStates states_;
    std::vector<layout::RoundKey> state_rounds_;
    std::map<layout::RoundKey, int> state_of_;
};

}  // namespace plumbline
