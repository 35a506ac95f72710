#pragma once

#include "harness/sampling/failure_agreement.hpp"
#include "harness/sampling/measure.hpp"
#include "results/records/round.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// The ranks of a case, and with what a round of it is measured. Refers to all of it.
struct CaseContext {
    Group& group;
    Communicator& members;
    const Clock& clock;
    const Case& c;
    const MeasureSettings& settings;
    const std::vector<int>& nodes;  ///< [rank of the case]
};

/// One round of a pattern that is no single operation but a business of its own with many (links, bisect, congestion),
/// on this rank.
class CaseMeasurement {
public:
    CaseMeasurement() = default;
    CaseMeasurement(const CaseMeasurement&) = delete;
    CaseMeasurement& operator=(const CaseMeasurement&) = delete;
    virtual ~CaseMeasurement() = default;
    /// Collective. Returns the objection to the data, or what the library failed with, if any: the same on all ranks.
    virtual std::optional<std::string> run() = 0;
    virtual bool interrupted() const = 0;
    /// Collective: the samples of all ranks, and why it stopped, on the case root.
    virtual Round collect() = 0;
};

/// What such a round needs of this rank.
struct Requirements {
    std::uint64_t buffer_bytes = 0;
    std::string_view checked;  ///< of its data, where data is looked at: the header's verification_note
    std::uint64_t total_bytes = 0;
    std::optional<double> bus_factor;
};

/// A round refers to the failure that it is given, and leaves to it what the library throws on this rank.
using MeasurementFactory = std::function<std::unique_ptr<CaseMeasurement>(FailureAgreement&)>;

/// Brings the ranks together, begins the round once all of them have the memory, and carries it out. Collective over
/// `ranks.members`. `begin` may throw std::bad_alloc or BackendError, on some ranks alone. As measure_round()
/// otherwise.
Measurement measure_pattern(const CaseContext& ranks, const Requirements& needs, const MeasurementFactory& begin);

}  // namespace plumbline
