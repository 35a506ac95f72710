#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/operations/types.hpp"
#include "results/records/congestion.hpp"
#include "results/records/device_readings.hpp"
#include "results/records/interference.hpp"
#include "results/records/link_rows.hpp"
#include "results/records/machine_state.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {

enum class Placement : std::uint8_t { compact, spread, random };
std::string_view name(Placement placement);
std::optional<Placement> parse_placement(std::string_view text);

/// Everything that makes two cases the same measurement. What was asked, not what came out.
struct CaseIdentity {
    std::string pattern;      ///< a collective's name, "pipeline", "data_parallel", "links"
    std::uint64_t bytes = 0;  ///< as asked: S of a collective, message of p2p, activation or gradient of a workload
    DataType dtype = DataType::float32;
    ReduceOp op = ReduceOp::sum;  ///< means something for reducing patterns only
    bool in_place = false;
    int root = 0;
    int ranks = 0;
    int nodes = 0;  ///< on which those ranks lie
    Placement placement = Placement::compact;
    int subset = 0;  ///< which of several rank sets of this scale
    /// Anything else, name -> value in base units ("microbatches" -> "16", "forward_s" -> "0.0005", "skew" -> "zipf").
    std::map<std::string, std::string> parameters;

    bool operator==(const CaseIdentity&) const = default;
};

/// "allreduce float32 sum 64 KiB, 4 ranks": for people.
std::string describe(const CaseIdentity& what);

/// The library's own algorithm that the case is run by (parameter "algorithm"); nothing where the library chooses, as
/// it does for users. Cases with one are there to be chosen from: no target, scaling or guideline speaks of them
/// unasked.
std::optional<AlgorithmChoice> algorithm_of(const CaseIdentity& what);

enum class CaseStatus : std::uint8_t { measured, skipped, failed };
enum class StopReason : std::uint8_t {
    converged,  ///< the interval is as narrow as asked
    budget,     ///< max_seconds was used up
    cap,        ///< max_samples was reached
};
enum class Verification : std::uint8_t { verified, not_verifiable, off };
std::string_view name(CaseStatus status);
std::string_view name(StopReason reason);
std::string_view name(Verification verification);
std::optional<CaseStatus> parse_case_status(std::string_view text);
std::optional<StopReason> parse_stop_reason(std::string_view text);
std::optional<Verification> parse_verification(std::string_view text);

/// Row-major [sample][rank].
struct SampleMatrix {
    std::size_t samples = 0;
    std::size_t ranks = 0;
    std::vector<double> values;

    std::span<const double> row(std::size_t sample) const { return {values.data() + sample * ranks, ranks}; }
    bool operator==(const SampleMatrix&) const = default;
};

/// One step of one rank in one execution of a workload.
struct TimelineStep {
    int rank = 0;         ///< of the case
    int step = 0;         ///< position in the rank's program; what only tests is left out
    std::string kind;     ///< "forward", "backward", "weight", "compute", "send", "receive", "wait", "allreduce", ...
    std::string part;     ///< what its time counts as: "compute", "tensor", "pipeline", "data", "expert", "overhead"
    int microbatch = -1;  ///< -1: of none
    int chunk = -1;       ///< of the model, on a stage with several; -1: of none
    int peer = -1;        ///< rank of the case that a message goes to or comes from; -1: of none
    std::uint64_t bytes = 0;  ///< of the message; S of a collective
    double begin_s = 0;       ///< from the sample's start
    double end_s = 0;         ///< what goes on beside other steps ends when it was seen to be done
    bool operator==(const TimelineStep&) const = default;
};

/// What the first ranks of a workload did in one execution, which is not in the statistics.
struct Timeline {
    std::size_t sample = 0;  ///< which of the round's samples
    int ranks = 0;           ///< so many of the case's ranks are in it
    int steps_left_out = 0;  ///< of these ranks, at the end, where they would be too many
    std::vector<TimelineStep> steps;
    bool operator==(const Timeline&) const = default;
};

/// The samples of one case that were taken in one go. Those that the statistics leave out are kept too, flagged.
struct Round {
    int index = 0;
    int launch = 0;    ///< of the program, counted from 0: run --append adds one
    int position = 0;  ///< 0-based position in the order of execution
    double started_unix_s = 0;
    double elapsed_s = 0;  ///< wall time of the whole round on the case's root, untimed parts included
    StopReason stop = StopReason::cap;
    SampleMatrix seconds;              ///< time of each execution on each rank
    std::vector<std::uint8_t> warmup;  ///< [sample] 1 = not in the statistics: a warm-up, the first after a pause,
                                       ///< or one of fresh data made to be checked
    std::vector<std::uint32_t> batch;  ///< [sample] executions that the sample is the mean of
    std::string synchronisation;       ///< "barrier", "dissemination" or "window"; empty without samples
    /// When each rank started, from the earliest rank's start, same shape as `seconds`; nothing where no clock is
    /// shared.
    std::optional<SampleMatrix> start_offset_s;
    std::optional<double> clock_error_s;  ///< how far that clock may be off on any rank; there with start_offset_s
    std::vector<std::uint8_t> late;       ///< [sample] 1 = a rank missed the common start; empty without start windows
    /// Workloads only: share of each execution, same shape as `seconds` ("compute_s").
    std::map<std::string, SampleMatrix> shares;
    /// Workloads that communicate: executions of their compute alone ("compute_s") and of all but compute
    /// ("communication_s"), taken in between, [sample][rank].
    std::map<std::string, SampleMatrix> isolated;
    std::optional<int> critical_rank;          ///< workloads that wait: rank of the case that is busy longest
    std::optional<Timeline> timeline;          ///< workloads only
    std::vector<Interference> interference;    ///< [rank of the case]; empty where the ranks are simulated
    std::vector<DeviceReadings> devices;       ///< [rank of the case]; empty where no device tells anything
    SnapshotPair machine;                      ///< right before and after; empty when not probed
    std::optional<LinkRows> links;             ///< of the patterns links and bisect alone
    std::optional<CongestionRows> congestion;  ///< of the pattern congestion alone

    bool operator==(const Round&) const = default;
};

/// What another suite's log says of a case, instead of samples.
struct ImportedValue {
    double time_s = 0;
    std::string estimator;  ///< of what over what: "mean of the repetitions, slowest rank (t_max)"
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<int> iterations = {};
    std::optional<double> fastest_rank_s = {}, slowest_rank_s = {};
    // NOLINTEND(readability-redundant-member-init)
    bool operator==(const ImportedValue&) const = default;
};

/// What is known of a case beside its samples; the same after each of its rounds.
struct CaseHeader {
    int id = 0;  ///< position in the plan: the order as written
    CaseIdentity what;
    CaseStatus status = CaseStatus::measured;
    std::string why;                ///< one sentence when skipped or failed
    std::vector<int> world_ranks;   ///< world rank of each column of the samples
    std::uint64_t total_bytes = 0;  ///< S of the call that was really made (0: no S)
    std::optional<double> bus_factor;
    /// Workloads: numbers that follow from what was asked, see ClosedForms.
    std::map<std::string, double> closed_forms;
    Verification verification = Verification::off;
    std::string verification_note;
    std::optional<ImportedValue> reported;  ///< imported cases only, which have no samples

    bool operator==(const CaseHeader&) const = default;
};

struct CaseRecord {
    CaseHeader header;
    std::vector<Round> rounds;
    /// In which all of `rounds` were measured, see find_states(); between_states when the case has none in one state.
    int machine_state = 0;
    std::size_t left_out = 0;  ///< rounds that were measured in other states and are not in `rounds`
    bool operator==(const CaseRecord&) const = default;
};

/// The rounds of one state alone: `common` where the case has rounds in it, else the state that holds most of them,
/// else all as they are. `states`: of each round. Pure.
CaseRecord in_one_state(CaseRecord record, std::span<const int> states, int common);

/// Slowest rank's time of each sample that is not a warm-up, all rounds in order.
std::vector<double> slowest_seconds(const CaseRecord& record);

/// Share of all ranks' time that is not compute, of each such sample: 1 - sum of compute / (ranks * slowest time).
/// Empty for cases without compute shares.
std::vector<double> bubble_fractions(const CaseRecord& record);

/// Rounds from which on they, and not the samples in them, are what an interval is computed over.
inline constexpr std::size_t rounds_for_intervals = 6;

/// What an estimate and its interval are computed over. Samples of one burst are no independent observations, nor are
/// rounds of one launch, which share its placement and pages. So with several launches: the estimate of each; with one
/// launch of at least rounds_for_intervals rounds: the median of each one's slowest_seconds(); else those samples
/// themselves.
std::vector<double> observations(const CaseRecord& record);
/// The same of bubble_fractions().
std::vector<double> bubble_observations(const CaseRecord& record);

/// 1 - time blocked / time of the communication alone, as observations(); empty where nothing overlaps.
std::vector<double> overlap_observations(const CaseRecord& record);

/// Last rank's start - first rank's, of each such sample whose starts were compared.
std::vector<double> start_skews(const CaseRecord& record);

/// One row of the summary table: every number can be recomputed from the samples.
struct CaseSummary {
    CaseHeader header;  ///< world_ranks left empty
    int launches = 0;   ///< whose rounds these are
    int rounds = 0;
    std::size_t samples = 0;  ///< timed ones
    std::size_t warmups = 0;
    std::string stop;           ///< name(StopReason) of the last round; empty when there is none
    std::string interval_over;  ///< "launches", "rounds" or "samples": see observations(); empty without an estimate
    std::string unstable;       ///< name(Instability) of the samples in the order taken; empty when they hang together
    std::optional<double> autocorrelation;  ///< lag 1, of the samples in the order taken
    std::optional<double> half_ratio;       ///< median of their second half / of their first half
    double confidence = 0.95;               ///< of all intervals in this row
    std::optional<double> median_s, ci_low_s, ci_high_s, min_s, max_s;
    std::optional<double> p95_s, p99_s;  ///< absent below 59 and 299 samples
    std::optional<double> algbw_bytes_per_s, busbw_bytes_per_s;
    /// Workloads: median over samples. Share of all ranks' time that is not compute; the schedule's closed form;
    /// seconds of the step beyond what the closed form says for the compute that was measured.
    std::optional<double> bubble_fraction, bubble_ideal, exposed_s;
    /// Workloads that overlap: 1 - time blocked / time of the communication alone; how much longer compute takes beside
    /// communication than alone, and communication beside compute.
    std::optional<double> overlap_fraction, compute_slowdown, communication_slowdown;
    /// Workloads: share of the step that a rank is blocked in each kind of communication, mean over the ranks.
    std::optional<double> tensor_share, pipeline_share, data_share, expert_share;
    /// Share of the peak that the step's operations are, without and with what is recomputed; see model_card.hpp.
    std::optional<double> mfu, hfu;
    std::optional<double> tokens_per_s;
    std::optional<double> skew_factor;          ///< most that a rank receives / the mean
    std::optional<double> critical_rank;        ///< of the case; of the last round that knows
    std::optional<double> median_start_skew_s;  ///< over the timed samples: last rank's start - first rank's
    /// Congestion: median of the victims' time alone; how many times as long they take beside the aggressors, by mean
    /// and by 99th percentile, with the ends of their intervals: see summarize_congestion().
    std::optional<double> isolated_s;
    std::optional<double> congestion_impact, congestion_impact_low, congestion_impact_high;
    std::optional<double> congestion_impact_p99, congestion_impact_p99_low, congestion_impact_p99_high;
    std::size_t late = 0;             ///< timed samples in which a rank missed the common start
    int machine_state = 0;            ///< in which its rounds were measured; or between_states
    std::size_t rounds_left_out = 0;  ///< stored, but measured in other machine states
    std::optional<double> cache_line_latency_s,
        l1_copy_s;  ///< around its rounds, median: see HostSnapshot; the slowest host's

    bool operator==(const CaseSummary&) const = default;
};

/// The row with what was reported in place of a median, where there are no samples: a point, without an interval.
CaseSummary with_point_value(CaseSummary row);

/// Pure. `confidence` in (0, 1).
CaseSummary summarize(const CaseRecord& record, double confidence);

/// One process of the launch.
struct RankLocation {
    int rank = 0;
    int node = 0;  ///< index into RunMetadata::hosts
    int pid = 0;
    std::string cores;   ///< CPU list that it may run on, "0-3,8"
    std::string device;  ///< accelerator, empty on hosts
    std::string nic;     ///< network interface, empty where not known
    bool operator==(const RankLocation&) const = default;
};

/// One start of the program that measured into the file.
struct Launch {
    double started_unix_s = 0;
    double clock_cost_s = 0;
    double empty_operation_s = 0;
    bool operator==(const Launch&) const = default;
};

/// The run as a whole: what was asked, where it ran, with what clock.
struct RunMetadata {
    int schema = 1;
    std::string plumbline_version;
    std::string name;
    std::string scenario_text;  ///< the YAML as executed, overrides applied
    std::string scenario_path;
    std::string targets_text;                                 ///< its targets alone, as YAML ("" if none)
    std::vector<std::pair<std::string, std::string>> inputs;  ///< files that it refers to: name, what they held
    double started_unix_s = 0;
    int ranks = 0;
    double confidence = 0.95;
    std::string backend;
    bool simulated = false;
    bool stand_in = false;  ///< measured on a library that only stands in for the real one: no target can pass
    std::vector<std::pair<std::string, std::string>> facts;  ///< library, versions, build
    /// What the library said of itself while it worked: of rank 0, and of others ("network on rank 3") where they
    /// differ.
    std::vector<std::pair<std::string, std::string>> library_log;
    std::vector<std::pair<std::string, std::string>> environment;  ///< chosen variables only
    std::vector<std::string> hosts;
    std::vector<RankLocation> places;
    std::string clock;             ///< which clock
    std::string synchronisation;   ///< how ranks are brought to a common start
    double clock_cost_s = 0;       ///< of one reading
    double empty_operation_s = 0;  ///< a sample of nothing: the floor of every time in the file
    std::vector<Launch> launches;  ///< the first one's numbers stand above as well
    int planned_cases = 0;         ///< of each launch
    std::uint64_t seed = 0;        ///< of the order
    std::vector<std::string> warnings;

    bool operator==(const RunMetadata&) const = default;
};
/// "barrier", "window", "dissemination" or "auto", of a run's sentence on it: what was asked for. Which of them "auto"
/// came to makes no other case, or one launch whose ranks came late would be unlike all others.
std::string asked_start(const RunMetadata& info);

/// Where records go. One rank has a real one, the others a null one.
class ResultSink {
public:
    virtual ~ResultSink() = default;
    /// Makes this round of this case durable. A skipped or failed case may have a round without samples.
    /// Throws StoreError, and then everything stored before is still there.
    virtual void store(const CaseHeader& header, const Round& round) = 0;
    /// Keeps it for the file; durable with the next round.
    virtual void note(const HostProbe&) {}
    /// What the library said of itself (RunMetadata::library_log).
    virtual void add_library_log(const std::vector<std::pair<std::string, std::string>>&) {}
    /// The plan was carried out (`complete`) or the run stopped in order before that.
    virtual void finish(bool complete) = 0;
};

class NullSink final : public ResultSink {
public:
    void store(const CaseHeader&, const Round&) override {}
    void finish(bool) override {}
};

}  // namespace plumbline
