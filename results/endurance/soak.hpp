// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/journal.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// The moments of an interruption, in their order.
enum class Moment : std::uint8_t {
    fault,       ///< t0: injected, or the last sign of life before it
    symptom,     ///< t1: the first thing that was not as it should be
    declared,    ///< t2
    isolated,    ///< t3: what was left of the job is gone, and the bad node out of it
    relaunched,  ///< t4
    connected,   ///< t5: communicators are ready
    loaded,      ///< t6: checkpoint loaded and verified
    stepped,     ///< t7: first step after it
    regained,    ///< t8: the first step that had not been done before the fault
};
inline constexpr std::size_t moments = 9;
/// "fault", "symptom", ...
std::string_view name(Moment moment);

/// Why training stopped.
enum class Cause : std::uint8_t {
    rank_died,
    launcher_died,
    hang,
    data_was_wrong,
    job_ended,        ///< by itself, with a status
    no_start,         ///< ranks didn't come up, or made no first step
    supervisor_died,  ///< and the job with it
    paused,           ///< by the operator: planned
    checkpoint,       ///< a checkpoint couldn't be written: training went on
};
std::string_view name(Cause cause);
std::optional<Cause> parse_cause(std::string_view text);

struct SoakEvent {
    Cause cause = Cause::job_ended;
    std::string what;                                 ///< one sentence, which names rank and host where they are known
    std::optional<int> rank;                          ///< that is to blame
    std::string host;                                 ///< of it; or empty
    std::string injected;                             ///< kind of the fault that was injected; empty: it came by itself
    std::string isolated;                             ///< host that was taken out
    std::array<std::optional<double>, moments> at{};  ///< seconds since 1970
    std::uint64_t steps_before = 0;                   ///< done when it happened
    std::optional<std::uint64_t> step_loaded;         ///< of the checkpoint that training went on from
    std::optional<double> checkpoint_unix_s;          ///< when that was written; nothing: training began anew
    std::string notes;                                ///< what else was seen, such as a checkpoint that was not loaded

    std::optional<double> moment(Moment m) const { return at[static_cast<std::size_t>(m)]; }
    /// Whether training stopped.
    bool interrupts() const { return cause != Cause::checkpoint; }
    /// Whether it counts against the system: it stopped training, and nobody meant it to.
    bool unplanned() const { return interrupts() && injected.empty() && cause != Cause::paused; }
    std::optional<double> between(Moment from, Moment to) const;
    std::optional<double> detection_s() const { return between(Moment::fault, Moment::declared); }
    std::optional<double> restart_s() const { return between(Moment::declared, Moment::connected); }
    std::optional<double> resume_s() const { return between(Moment::connected, Moment::regained); }
    std::optional<double> recovery_s() const { return between(Moment::fault, Moment::regained); }
    /// Steps that were done again.
    std::optional<std::uint64_t> lost_steps() const;
    /// From the checkpoint that was loaded to the fault; from the first step where there was none.
    std::optional<double> lost_work_s(double first_step_unix_s) const;
    bool operator==(const SoakEvent&) const = default;
};

/// Healthy time, an hour of the soak a row.
struct SoakHour {
    std::uint64_t steps = 0;
    std::uint64_t checkpoints = 0;
    double checkpoint_s = 0;
    std::map<int, std::uint64_t> step_times;  ///< step_time_bin() -> steps
    bool operator==(const SoakHour&) const = default;
};
/// Histogram of step times: four bins an octave, bin 0 begins at 1 us.
int step_time_bin(double seconds);
double step_time_of_bin(int bin);  ///< its lower end

/// One collective of an hourly sweep.
struct SweepPoint {
    double unix_s = 0;
    double bytes_per_s = 0;  ///< busbw of the median
    bool operator==(const SweepPoint&) const = default;
};

/// What a soak was asked to do; fixed for its life.
struct SoakSettings {
    std::string name;
    std::string id;             ///< drawn; in each checkpoint
    std::string scenario;       ///< path, as the job is given it
    std::string scenario_text;  ///< canonical
    std::string targets_text;
    std::string overrides;    ///< lines KEY=VALUE
    std::string faults_text;  ///< "" = none are injected
    std::string launcher;     ///< its words, one a line
    std::string workload;     ///< which case of the scenario runs
    double planned_s = 0;
    int until_recoveries = 0;  ///< 0 = the planned time alone ends it
    int spares = 0;
    double checkpoint_every_s = 0;
    std::uint64_t checkpoint_bytes = 0;  ///< a rank
    std::string checkpoint_folder;
    double hang_after_s = 60;
    int give_up_after = 5;             ///< failures in a row
    std::uint64_t verify_every = 100;  ///< steps
    double diagnose_within_s = 0;      ///< of a survey of links where nobody is named; 0 = none
    double sweep_every_s = 3600;       ///< 0 = never
    std::string program;               ///< path of plumbline where ranks run
    double confidence = 0.95;
    bool operator==(const SoakSettings&) const = default;
};

/// How a soak ended.
struct SoakEnd {
    bool gave_up = false;
    bool paused = false;  ///< it can go on
    std::string why;
    bool operator==(const SoakEnd&) const = default;
};

/// All that the journal of a soak says.
struct Soak {
    SoakSettings settings;
    std::string version;
    int ranks = 0, nodes = 0;
    std::string hosts;          ///< [node] names with blanks between them, of the last launch
    std::string backend;        ///< "" in journals from before it was told
    bool fake_library = false;  ///< of some launch: nothing is decided then
    double begun_unix_s = 0;
    std::optional<double> first_step_unix_s;
    double last_unix_s = 0;         ///< of the last record
    std::uint64_t steps = 0;        ///< the step counter now
    std::uint64_t most_steps = 0;   ///< the highest that was ever reported
    std::uint64_t segments = 0;     ///< launches of the job
    std::uint64_t checkpoints = 0;  ///< written
    double checkpoint_s = 0;        ///< spent on them
    std::uint64_t verified = 0;     ///< times that data was looked at and right
    std::vector<SoakEvent> events;
    std::vector<SoakHour> hours;
    std::map<std::string, std::vector<SweepPoint>> sweeps;  ///< of each collective, by its description
    std::map<std::string, std::string> swept;               ///< header of each of them as JSON, where it was told
    std::map<std::string, std::uint64_t> injected;          ///< faults by their entry in FAULTS.yaml
    std::vector<std::string> isolated;                      ///< hosts that were taken out, in order
    std::optional<SoakEnd> end;

    bool open() const;  ///< whether an interruption has not been recovered from yet
    std::size_t recoveries() const;
    bool complete() const { return end && !end->gave_up && !end->paused; }
    /// From the first step on; 0 before it.
    double wall_s() const;
};

/// Takes in one more record. Records of kinds that it doesn't know say nothing.
void take_in(Soak& soak, const JournalRecord& record);
/// Throws ConfigError for the first record of a journal that isn't one of this program's.
void require_begin(const JournalRecord& first, const std::string& origin);
/// Throws ConfigError for a journal that doesn't begin as one of this program's.
Soak soak_of(std::span<const JournalRecord> records, const std::string& origin);

JournalRecord begin_record(const SoakSettings& settings, const std::string& version, double unix_s);

}  // namespace plumbline
