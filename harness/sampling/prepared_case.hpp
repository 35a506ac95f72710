// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace plumbline {

/// Which case, for which rank of it. Refers to all of it.
struct CaseOnRank {
    Group& group;
    const Clock& clock;
    const Case& c;
    int world_rank;  ///< as sentences name this rank
};

/// What a workload has one rank do, and the numbers that follow from what was asked.
struct WorkloadOnRank {
    Program program;
    ClosedForms closed_forms;
    std::uint64_t total_bytes = 0;  ///< S, where nothing but one exchange takes time
    std::optional<double> bus_factor;
};
template <class Spec>
WorkloadOnRank workload_on_rank(const Spec& spec, int rank, int ranks)
{
    return {.program = program_of(spec, rank, ranks),
            .closed_forms = closed_forms(spec, ranks),
            .total_bytes = 0,
            .bus_factor = std::nullopt};
}
WorkloadOnRank workload_on_rank(const ExpertParallelSpec& spec, int rank, int ranks);

/// A case on this rank: the call or program, its buffers and the prepared operation, and what checks its data.
class PreparedCase {
public:
    /// Looks up what this rank has to do; no memory is taken yet.
    PreparedCase(const CaseOnRank& rank, const CollectiveSpec& spec);
    /// `join` as WorkloadOperation takes it.
    PreparedCase(const CaseOnRank& rank, WorkloadOnRank workload, JoinSubgroups join);

    /// Why this rank can't run it (type, form, memory), one sentence; nothing when it can.
    std::optional<std::string> refusal() const;
    /// Takes the buffers, fills them, prepares the operation. Throws std::bad_alloc, BackendError.
    void prepare();
    /// Collective over the group, after prepare(): see Group::connect().
    void connect();

    Operation& operation() { return *operation_; }
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
    /// True when an execution destroys its own input, so that only the first of several can be checked.
    bool consumes_input() const;
    /// Writes the input anew and poisons the rest, so that an old result can't pass for a new one.
    void reset_data();
    /// First wrong element, as a sentence naming rank, element, expected and got.
    std::optional<std::string> check_data() const;
    /// How many elements of this rank check_data() would object to, one after the other.
    std::uint64_t count_wrong() const;

private:
    void write_pattern(Buffer& buffer, std::uint64_t buffer_element, std::uint64_t elements) const;
    /// Calls visit(first, window) for all that this rank received, window by window, until it returns false.
    template <class Visit>
    void look_at_output(Visit visit) const;

    Group& group_;
    const Clock& clock_;
    const Case& case_;
    int launch_rank_;  ///< as sentences name this rank
    JoinSubgroups join_;
    std::optional<CollectiveCall> call_;
    Program program_;
    ClosedForms closed_forms_;
    std::uint64_t total_bytes_ = 0;
    std::optional<double> bus_factor_;
    std::uint64_t send_bytes_ = 0;
    std::uint64_t recv_bytes_ = 0;
    bool one_buffer_ = false;
    std::unique_ptr<Buffer> send_;
    std::unique_ptr<Buffer> recv_;
    std::unique_ptr<Operation> operation_;
    WorkloadOperation* workload_ = nullptr;
};

}  // namespace plumbline
