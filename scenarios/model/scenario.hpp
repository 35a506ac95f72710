// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/backends/sim/cluster.hpp"
#include "collectives/operations/traffic.hpp"
#include "collectives/operations/types.hpp"
#include "collectives/patterns/bisection.hpp"
#include "collectives/patterns/congestion.hpp"
#include "collectives/patterns/pairwise.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/records/links.hpp"
#include "results/verdicts/target.hpp"
#include "scenarios/model/input_files.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace plumbline {

/// How big: rank counts, or node counts with all ranks of each. nothing in the list = "all".
struct ScaleSpec {
    std::vector<std::optional<int>> ranks{std::nullopt};
    std::vector<std::optional<int>> nodes;  ///< when not empty, `ranks` is not used
    Placement placement = Placement::compact;
    int subsets = 1;
    std::uint64_t seed = 1;  ///< of random placement and of subsets
    bool at_once = false;    ///< subsets that have no node in common are measured at the same time
    bool operator==(const ScaleSpec&) const = default;
};

/// When a case has been measured enough; with several rounds each gets an equal share of samples and seconds.
struct StoppingCriterion {
    double confidence = 0.95;
    double relative_ci = 0.02;  ///< half width of the median's interval / median
    int min_samples = 10;
    int max_samples = 2000;
    double max_seconds = 2;
    int warmup = 3;
    bool operator==(const StoppingCriterion&) const = default;
};

/// How the ranks are brought to a common start before each sample.
enum class SyncMode : std::uint8_t {
    automatic,
    barrier,        ///< the library's
    dissemination,  ///< plumbline's own
    window,         ///< a moment in the future, told to all
};
/// On what clock the starts of different ranks are compared.
enum class SyncClock : std::uint8_t {
    automatic,
    local,  ///< the node's: tells nothing across nodes
    hca3,   ///< rank 0's, by linear models from messages
};
std::string_view name(SyncMode mode);

/// Of the library that is measured, from round to round of the plan.
enum class Communicators : std::uint8_t {
    kept,
    fresh  ///< each round makes them anew
};
std::string_view name(Communicators communicators);
std::string_view name(SyncClock clock);

struct SyncSettings {
    SyncMode mode = SyncMode::automatic;
    SyncClock clock = SyncClock::automatic;
    /// Window only; nothing = from what a broadcast takes. The "= {}" lets designated initialisers leave it out.
    std::optional<double> margin_s = {};  // NOLINT(readability-redundant-member-init)
    bool operator==(const SyncSettings&) const = default;
};

/// By which algorithms of the library's own a collective is measured, beside the one that it chooses by itself.
struct AlgorithmAxis {
    bool all = false;  ///< each that the library offers
    std::vector<std::string> names;
    bool asked() const { return all || !names.empty(); }
    bool operator==(const AlgorithmAxis&) const = default;
};

/// One entry of `cases:` that is a collective; its lists are axes that multiply.
struct CollectiveSpec {
    Collective collective = Collective::allreduce;
    std::vector<std::uint64_t> bytes;
    std::vector<DataType> dtypes{DataType::float32};
    std::vector<ReduceOp> ops{ReduceOp::sum};
    std::vector<bool> in_place{false};
    std::vector<Timing> timings{Timing{}};
    std::vector<CallForm> calls{CallForm::grouped};  ///< of operations that have several
    AlgorithmAxis algorithms;
    int root = 0;
    PairLayout pairs = PairLayout::adjacent;
    int window = 16;                    ///< bidirectional only
    SkewKind skew = SkewKind::uniform;  ///< alltoallv only
    double skew_factor = 1;
    std::uint64_t skew_seed = 1;
    std::string matrix_path;                  ///< alltoallv, skew: matrix
    std::vector<std::uint64_t> matrix_bytes;  ///< row = sender; read by the loader
    bool operator==(const CollectiveSpec&) const = default;
};

using Pattern = std::variant<CollectiveSpec, PipelineSpec, DataParallelSpec, TensorParallelSpec, DecodeSpec,
                             ExpertParallelSpec, TrainingStepSpec, PairwiseSpec, BisectionSpec, CongestionSpec>;

struct CaseEntry {
    Pattern pattern;
    std::optional<ScaleSpec> scale;  ///< instead of the scenario's
    std::optional<StoppingCriterion> stop;
    int line = 0;  ///< in the file, for messages
    bool operator==(const CaseEntry&) const = default;
};

/// The checkpoints of a training job that endures.
struct CheckpointSpec {
    double every_s = 600;
    std::uint64_t bytes_per_rank = 0;
    std::string to;  ///< folder; "" = in the folder of the soak
    bool operator==(const CheckpointSpec&) const = default;
};

struct Scenario {
    std::string name;
    std::string description;
    std::string backend = "mpi";
    std::map<std::string, std::string> backend_options;  ///< as the backend understands them
    ScaleSpec scale;
    StoppingCriterion stop;
    int rounds = 1;  ///< each case is measured so many times, spread through the run
    Communicators communicators = Communicators::kept;
    bool shuffle = true;     ///< order of the cases within a round
    std::uint64_t seed = 1;  ///< of the order
    bool verify = true;
    AlgorithmAxis algorithms;  ///< of collectives that don't say
    std::uint32_t batch = 0;   ///< executions a sample; 0 = chosen from the clock's cost
    SyncSettings sync;
    bool probe = true;           ///< the state of the hosts around each round
    bool oversubscribe = false;  ///< two ranks may share a core
    std::vector<CaseEntry> cases;
    std::vector<Target> targets;
    std::vector<int> target_lines;  ///< in the file, for messages; 0 where one has none
    std::optional<CheckpointSpec> checkpoint;
    std::optional<Links> links;  ///< as stated; their rates are measured where they are not
    sim::Cluster cluster;        ///< backend sim only
    int simulated_ranks = 4;
    std::string text;  ///< canonical YAML with overrides applied: what goes into the file
    std::string targets_text;
    std::string path;
    FileTexts files;  ///< that it refers to, as they were read
};

/// Where the ranks of a launch are.
struct Topology {
    std::vector<int> node_of_rank;
    int ranks() const { return static_cast<int>(node_of_rank.size()); }
    int nodes() const;
    bool operator==(const Topology&) const = default;
};

/// One measurement, fully determined: what it runs with is in `spec`; what it is, for files and people, in `what`.
struct Case {
    int id = 0;
    CaseIdentity what;
    /// Of this case alone: each list in it has at most one value. Cases that differ in scale alone share it.
    std::shared_ptr<const Pattern> spec;
    std::size_t entry = 0;  ///< index into Scenario::cases, for messages
    ScaleSpec scale;        ///< with which case_ranks() gives the members
    /// These members, where they are known already; cases of the same members share them.
    std::shared_ptr<const std::vector<int>> members;
    std::shared_ptr<const std::vector<int>> nodes_of_members;  ///< the node of each; where the members are known
    StoppingCriterion stop;                                    ///< of one round
    std::string skip;  ///< not empty: known before the run to be impossible, and why
};

struct Slot {
    std::size_t case_index = 0;
    int round = 0;
    /// Slots of one number, which follow each other, are measured at the same time: they share no node. -1: alone.
    int turn = -1;
    bool operator==(const Slot&) const = default;
};

struct Plan {
    std::vector<Case> cases;  ///< as written
    std::vector<Slot> order;  ///< as executed; shuffled within a round, the same on all ranks
};

/// Pure. `offer`: of the backend, where some case asks for algorithms. Throws ConfigError for scales above the launch
/// (naming both), for an algorithm that isn't among those offered for its operation, for no case at all.
Plan make_plan(const Scenario& scenario, const Topology& topology, const AvailableAlgorithms& offer = {});

/// Whether some case is to be measured by algorithms of the library's own.
bool asks_for_algorithms(const Scenario& scenario);

/// World ranks of a case, in the order of their rank in the case: compact fills node after node, spread takes the nodes
/// in turn, random draws with the seed; subset k of a compact or spread scale starts k times `count` further on
/// (wrapping).
std::vector<int> select_ranks(int count, Placement placement, int subset, std::uint64_t seed, const Topology& topology);

/// World ranks of a planned case, in the order of their rank in it: select_ranks() for a scale in ranks; for a scale in
/// nodes all ranks of the nodes that the placement chooses.
std::vector<int> case_ranks(const Case& c, const Topology& topology);
/// The same without a copy where the case holds them.
std::shared_ptr<const std::vector<int>> case_members(const Case& c, const Topology& topology);
/// Node of each of case_members().
std::shared_ptr<const std::vector<int>> nodes_of_case(const Case& c, const Topology& topology);

/// Buffer bytes on the rank of `c` that needs most (rank 0 of rooted patterns).
std::uint64_t case_buffer_bytes(const Case& c);

}  // namespace plumbline
