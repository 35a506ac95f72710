// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/workloads/catalogue.hpp"
#include "harness/sampling/case_context.hpp"
#include "harness/sampling/common_start.hpp"
#include "harness/sampling/failure_agreement.hpp"
#include "results/records/case_header.hpp"
#include "results/records/round.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace plumbline {

/// One round of a case on this rank from its beginning on, with what every measurement has to do with the other ranks.
/// Refers to all that the context does.
struct CaseRun {
    explicit CaseRun(const CaseContext& context);

    CaseContext ranks;
    double started_unix_s;
    double begun_s;            ///< on the clock of the case
    FailureAgreement failure;  ///< what the library throws on this rank in mid-case is left to it
    CommonStart start;
};

/// What is known of a case before anything is taken for it; the same on all ranks.
struct Requirements {
    std::uint64_t total_bytes = 0;  ///< S
    std::optional<double> bus_factor;
    ClosedForms closed_forms;
    Verification verification = Verification::off;  ///< where data is to be verified at all
    std::string verification_note;                  ///< what is looked at, or why nothing is
};

/// What differs between measurements: an operation or a workload executed again and again, or one of the network
/// probes. measure_case() calls each function once, from top to bottom.
class CaseMeasurement {
public:
    CaseMeasurement() = default;
    CaseMeasurement(const CaseMeasurement&) = delete;
    CaseMeasurement& operator=(const CaseMeasurement&) = delete;
    virtual ~CaseMeasurement() = default;

    virtual Requirements requirements() const = 0;
    /// Why this rank can't run it (type, form, memory), one sentence; nothing when it can. Throws BackendError.
    virtual std::optional<std::string> refusal() const = 0;
    /// Takes the memory. Throws std::bad_alloc or BackendError, on some ranks alone.
    virtual void prepare() = 0;
    /// Collective, once all ranks are prepared: see Group::connect(). Throws BackendError.
    virtual void connect() {}
    /// Collective. Returns the objection to the data, or what the library failed with, if any: the same on all ranks.
    virtual std::optional<std::string> run() = 0;
    /// Whether run() was ended before its time.
    virtual bool interrupted() const = 0;
    /// Collective: the samples of all ranks, and why it stopped, on the case root.
    virtual Round collect() = 0;
    /// After run() objected to the data: how many elements of all ranks were wrong, on the case root, if it counted.
    virtual std::optional<double> wrong_elements() const { return std::nullopt; }
};

/// The sentence for a rank that may take less memory than the `bytes` it needs; nothing where it may take so much.
std::optional<std::string> why_no_memory(std::uint64_t bytes, std::uint64_t available, int world_rank);

}  // namespace plumbline
