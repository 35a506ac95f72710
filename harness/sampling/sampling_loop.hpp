// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/sampling/case_measurement.hpp"
#include "harness/sampling/device_log.hpp"
#include "harness/sampling/prepared_case.hpp"
#include "harness/sampling/workload_log.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// An operation or a workload executed until its stopping rule is met: samples of this rank, and of the slowest rank,
/// while a round goes on.
class SamplingLoop final : public CaseMeasurement {
public:
    SamplingLoop(CaseRun& run, const CollectiveSpec& spec);
    SamplingLoop(CaseRun& run, WorkloadOnRank workload);

    Requirements requirements() const override;
    std::optional<std::string> refusal() const override { return bound_.refusal(); }
    void prepare() override { bound_.prepare(); }
    void connect() override { bound_.connect(); }
    std::optional<std::string> run() override;
    bool interrupted() const override { return interrupted_; }
    Round collect() override;
    std::optional<double> wrong_elements() const override { return wrong_elements_; }

private:
    enum class Use : std::uint8_t {
        timed,
        flagged,  ///< kept, but not in the statistics
    };
    static constexpr std::size_t never = std::numeric_limits<std::size_t>::max();
    /// A sample longer than this is too long for what happened before it to matter.
    static constexpr double longest_unsettled_s = 0.02;
    static constexpr double longest_first_slice_s = 2;

    SamplingLoop(CaseRun& run, PreparedCase bound);
    /// Takes the memory for the samples. Collective over the case.
    void begin();
    /// Returns the objection to the data of the last warm-up, if any.
    std::optional<std::string> warm_up();
    /// Sets the stop reason, unless it is interrupted. Returns the objection to the data, if any.
    std::optional<std::string> take_samples();
    /// The sample after which the data is looked at in mid-case: a random one of those always taken.
    std::size_t random_sample() const;
    /// The first execution after ranks talked about other things finds cold caches: it is flagged.
    /// Those before the first decision to stop.
    std::size_t samples_that_must_be() const;
    void take_slice(std::size_t next_check);
    /// One more execution, of new data, which disturbs the caches: flagged.
    void take_fresh_sample();
    /// Carries out `work`, which calls the library, unless it has failed before.
    template <class Work>
    void attempt(Work work);
    /// Collective: the failure that came first, on all ranks.
    std::optional<std::string> agree_on_failure();
    /// Collective: more executions, on data of other ranks each, until a check has seen what every rank gives to a
    /// reduction of few elements. They are no samples.
    void see_all_ranks();
    /// The first objection to data of this rank, and how many elements are wrong then.
    void keep_objection(std::optional<std::string> wrong);
    /// One more execution, in which each step's beginning and end are noted: flagged.
    void take_traced_sample();
    /// A workload's compute and its communication alone, for what each takes undisturbed; not among the samples.
    void take_isolated();
    /// Collective: what is wrong with the data of the last sample, the same on all ranks.
    std::optional<std::string> objection_to_data();
    /// Of the operation in a sample.
    std::uint32_t executions() const { return batch_ * bound_.chain(); }
    /// Returns its start on this rank.
    double take_sample(Use use);
    /// Collective: what all ranks need in order to take the same decision.
    void exchange();
    /// Collective: the batch that makes a sample long enough for the clock.
    void settle_batch();
    /// After a batch that destroyed its own input, one more execution on the same buffers is what can be checked.
    std::optional<std::string> check();
    void report() const;

    Group& group_;
    Communicator& members_;
    const Clock& clock_;
    const Case& case_;
    const MeasureSettings& settings_;
    FailureAgreement& failure_;
    CommonStart& start_;
    PreparedCase bound_;
    std::optional<WorkloadLog> log_;  ///< from begin() on
    std::vector<double> mine_;
    std::vector<double> slowest_;
    std::vector<std::uint32_t> batches_;
    std::vector<double> timed_;  ///< those of slowest_ that are not flagged
    std::vector<std::uint8_t> flags_;
    bool verifies_ = settings_.verify && !bound_.unverifiable_reason();
    std::uint32_t batch_ = 1;
    double spent_s_ = 0;
    bool interrupted_ = false;
    std::optional<std::string> wrong_;  ///< on this rank
    double wrong_here_ = 0;
    std::optional<double> wrong_elements_;  ///< on the case root
    std::optional<StopReason> stop_;
    DeviceLog device_;
};

}  // namespace plumbline
