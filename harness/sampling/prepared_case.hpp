// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"
#include "harness/sampling/traffic_once.hpp"
#include "results/records/identity_parameters.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// Collective over the ranks of a case: the largest of their values.
using LargestOfRanks = std::function<std::uint64_t(std::uint64_t)>;
LargestOfRanks largest_over(Communicator& members);

/// Which case, for which rank of it. Refers to all of it.
struct CaseOnRank {
    Group& group;
    const Clock& clock;
    const Case& c;
    int world_rank;  ///< as sentences name this rank
    /// Empty: each rank computes alone what random traffic makes of all of them, in O(ranks^2) steps.
    LargestOfRanks largest = {};         // NOLINT(readability-redundant-member-init)
    MemoryUse memory = MemoryUse::data;  ///< of a collective's buffers; scratch: nobody checks them
    TrafficOnce* traffic = nullptr;      ///< shared by the ranks of this process; null: this rank makes its own
};

/// What a workload has one rank do, and the numbers that follow from what was asked.
struct WorkloadOnRank {
    Program program;
    ClosedForms closed_forms;
    std::uint64_t total_bytes = 0;  ///< S, where nothing but one exchange takes time
    std::optional<double> bus_factor;
};
template <class Spec>
WorkloadOnRank workload_on_rank(const Spec& spec, int rank, int ranks, const LargestOfRanks&)
{
    return {.program = program_of(spec, rank, ranks),
            .closed_forms = closed_forms(spec, ranks),
            .total_bytes = 0,
            .bus_factor = std::nullopt};
}
/// Collective over the case's ranks, where `largest` is.
WorkloadOnRank workload_on_rank(const ExpertParallelSpec& spec, int rank, int ranks, const LargestOfRanks& largest);

/// A case on this rank: the call or program, its buffers and the prepared operation, and what checks its data.
class PreparedCase {
public:
    /// Looks up what this rank has to do; no memory is taken yet. Collective over the case's ranks.
    PreparedCase(const CaseOnRank& rank, const CollectiveSpec& spec);
    /// `join` as WorkloadOperation takes it.
    PreparedCase(const CaseOnRank& rank, WorkloadOnRank workload, JoinSubgroups join);

    /// Why this rank can't run it (type, form, memory), one sentence; nothing when it can.
    std::optional<std::string> refusal() const;
    /// Takes the buffers, fills them, prepares the operation. Throws std::bad_alloc, BackendError.
    void prepare();
    /// Collective over the group, after prepare(): see Group::connect().
    void connect();

    /// A chain where the case is timed in chains.
    Operation& operation() { return *operation_; }
    /// Executions of the call that one start and finish of operation() stand for: 1, or the length of the chain.
    std::uint32_t chain() const { return timing_.chain; }
    /// One execution on the buffers that are checked.
    Operation& single_execution() { return single_ ? *single_ : *operation_; }
    /// The workload behind it, or nullptr for a collective.
    WorkloadOperation* workload() { return workload_; }
    /// Numbers that follow from what was asked; none for a collective.
    const ClosedForms& closed_forms() const { return closed_forms_; }
    /// Its steps; none for a collective.
    const Program& program() const { return program_; }
    /// S in bytes and what busbw is of it.
    std::uint64_t total_bytes() const { return total_bytes_; }
    std::optional<double> bus_factor() const { return bus_factor_; }

    /// Whether the result can be checked, or the sentence why not.
    std::optional<std::string> unverifiable_reason() const;
    /// Whether, after `batch` times operation(), what the buffers hold comes of input that an execution before it had
    /// overwritten: then nothing but a single_execution() on new data can be checked.
    bool consumes_input(std::uint32_t batch) const;
    /// Writes the input anew and poisons the rest, so that an old result can't pass for a new one.
    void reset_data();
    /// Executions on data of other ranks each (count_others()) after which a check has seen what each rank gives to a
    /// reduction: 1 where the data of one execution show all of them, or where nothing is reduced.
    std::uint64_t executions_to_see_all_ranks() const;
    /// From the next reset_data() on a small reduction shows what other ranks give. All ranks call it equally often.
    void count_others();
    /// First wrong element, as a sentence naming rank, element, expected and got.
    std::optional<std::string> check_data() const;
    /// How many elements of this rank check_data() would object to, one after the other.
    std::uint64_t count_wrong() const;

private:
    /// Pairs of buffers that the operation works on.
    std::size_t pairs() const { return received_.size(); }
    std::size_t wanted_pairs() const;
    std::optional<std::string> why_not_queued() const;
    void reset_buffer(Buffer& recv);
    std::optional<std::string> check_buffer(const Buffer& recv) const;
    void prepare_operation();
    void write_pattern(Buffer& buffer, std::uint64_t buffer_element, std::uint64_t elements) const;
    /// Calls visit(first, window) for all that this rank received, window by window, until it returns false.
    template <class Visit>
    void look_at_output(const Buffer& recv, Visit visit) const;

    Group& group_;
    const Clock& clock_;
    const Case& case_;
    int launch_rank_;  ///< as sentences name this rank
    MemoryUse memory_ = MemoryUse::data;
    JoinSubgroups join_;
    std::optional<CollectiveCall> call_;
    Program program_;
    ClosedForms closed_forms_;
    std::uint64_t total_bytes_ = 0;
    std::optional<double> bus_factor_;
    std::uint64_t shift_ = 0;  ///< of the ranks that count: see fill_input()
    std::uint64_t send_bytes_ = 0;
    std::uint64_t recv_bytes_ = 0;
    bool one_buffer_ = false;
    std::unique_ptr<Buffer> send_;
    Timing timing_;
    std::vector<std::unique_ptr<Buffer>> received_;  ///< one of each pair; several of a chain alone
    std::unique_ptr<Operation> operation_;
    std::unique_ptr<Operation> single_;  ///< beside a chain that consumes its input
    WorkloadOperation* workload_ = nullptr;
};

}  // namespace plumbline
