// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/endure/messages.hpp"
#include "results/endurance/soak.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::endure {

/// What a supervisor goes by; times in seconds.
struct SupervisionSettings {
    double planned_s = 0;        ///< from the first step on
    int until_recoveries = 0;    ///< it ends before that once so many are done; 0 = it doesn't
    double hang_bound_s = 480;   ///< without a sign of the job, once it has been heard
    double start_bound_s = 900;  ///< from launching the job to its first sign
    double end_bound_s = 300;    ///< for a job that was asked to end
    int give_up_after = 5;       ///< failures in a row: none of them followed by a new step
    double first_pause_s = 5;    ///< after the second failure in a row; doubled after each further one
    double longest_pause_s = 600;
};

/// What was noticed of a job that isn't well.
struct Symptom {
    Cause cause = Cause::job_ended;
    std::string what;              ///< one sentence
    std::optional<int> rank = {};  // NOLINT(readability-redundant-member-init)
    std::string host = {};         // NOLINT(readability-redundant-member-init)
};

/// A host that the next launch does without.
struct IsolatedHost {
    std::string host = {};  // NOLINT(readability-redundant-member-init): "" = none
    std::string why = {};   // NOLINT(readability-redundant-member-init): "" = the event's own words
};

/// What is to be done next.
enum class Order : std::uint8_t {
    wait,
    launch,  ///< start the job, then tell launched()
    kill,    ///< end all that is left of the job, then tell gone()
    stop,    ///< ask the job to end in order, once
    finish,  ///< the soak is over: see Soak::end
};

/// The decisions of a supervisor, apart from clock, processes and files: it is told what happens, with the time in
/// seconds since 1970, and says what to write down and what to do. Pure but for its own state.
class Supervision {
public:
    /// `soak`: of a journal that has begun.
    Supervision(const SupervisionSettings& settings, Soak soak);

    /// What became of the soak so far, what has been asked to be written down included.
    const Soak& soak() const { return soak_; }
    /// What must be durable before the order is carried out, in order; each once.
    std::vector<JournalRecord> take_records();
    /// What to do now; `launch` and `kill` until launched() and gone() are told.
    Order take_order();
    /// When tick() is due at the latest.
    double deadline_s() const;

    void launched(double now, const std::string& process);
    /// Of the job's rank 0.
    void heard(double now, const Message& message);
    /// A symptom; the job goes on or ends by itself. The first one counts.
    void noticed(double now, const Symptom& symptom);
    /// The launcher has ended, with this status (128 + a signal); `words`: the last that it or a rank said.
    void ended(double now, int status, const Symptom& words);
    /// Nothing is left of the job.
    void gone(double now, const IsolatedHost& isolated);
    /// A fault was injected. `interrupts`: it is expected to end the job.
    void injected(double now, const std::string& kind, const std::string& entry, bool interrupts);
    /// It is carried out by now: what the job began before that shows nothing of it.
    void carried_out(double now);
    void asked_to_pause(double now);
    /// The supervisor goes on with a soak that another one began.
    void resumed(double now);
    void tick(double now);

    /// Whether nothing is launched any more once the job is gone.
    bool is_ending() const { return pausing_ || failures_in_row_ >= settings_.give_up_after; }
    /// Whether some checkpoint was written.
    bool has_checkpoint() const { return soak_.checkpoints + checkpoints_ > 0; }
    bool running() const { return phase_ == Phase::running; }
    /// Whether training has got as far as before every fault, and nothing is amiss or under way.
    bool steady() const { return running() && !soak_.open() && !fault_ && !symptom_; }
    /// Where the job refused what it was given before its first step ever; nothing else.
    const std::optional<std::string>& refusal() const { return refusal_; }
    double last_sign_s() const { return last_sign_s_; }

private:
    enum class Phase : std::uint8_t { resting, launching, connected, running, failing, over };
    struct PendingFault {
        double unix_s = 0;
        std::string kind;
        double carried_out_s = 0;
    };

    void write(JournalRecord record);
    void write_progress(double now);
    void step(double now, std::uint64_t steps);
    void declare(double now, const Symptom& symptom);
    void finish(double now, bool gave_up, const std::string& why);
    bool is_due(double now) const;

    SupervisionSettings settings_;
    Soak soak_;
    std::vector<JournalRecord> records_;
    Order order_ = Order::launch;
    Phase phase_ = Phase::resting;
    double launch_at_s_ = 0;
    double launched_s_ = 0;
    double last_sign_s_ = 0;  ///< any sign of the job
    double last_step_s_ = 0;  ///< when the counter moved
    std::optional<double> symptom_s_;
    std::optional<Symptom> symptom_;
    std::optional<PendingFault> fault_;
    std::optional<double> stopping_since_s_;
    bool pausing_ = false;
    bool done_ = false;  ///< the job said that it ended in order
    int failures_in_row_ = 0;
    std::optional<std::string> refusal_;
    std::string hosts_;  ///< of the last launch

    // Since the last record of progress.
    double progress_s_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t checkpoints_ = 0;
    double checkpoint_s_ = 0;
    std::uint64_t verified_ = 0;
    std::map<int, std::uint64_t> step_times_;
    bool checkpoint_fails_ = false;
};

}  // namespace plumbline::endure
