#include "harness/sampling/case_measurement.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/units.hpp"
#include "harness/util/timing.hpp"

#include <fmt/format.h>
#include <new>
#include <utility>

namespace plumbline {

namespace {

CaseHeader header_of(const CaseContext& ranks, const Requirements& needs)
{
    CaseHeader header;
    header.id = ranks.c.id;
    header.what = ranks.c.what;
    header.world_ranks.assign(ranks.members.members().begin(), ranks.members.members().end());
    header.total_bytes = needs.total_bytes;
    header.bus_factor = needs.bus_factor;
    return header;
}

/// Collective: why the ranks can't begin, the same on all; nothing when they can. Sets `failed` where it is the
/// library's fault.
std::optional<std::string> bring_together(const CaseContext& ranks, std::uint64_t buffer_bytes, bool& failed)
{
    std::optional<std::string> why;
    std::optional<std::string> failure;
    try {
        const std::uint64_t available = ranks.group.available_bytes();
        if (buffer_bytes > available) {
            why = fmt::format("needs {} of buffers on rank {}, which may take {}", format_bytes(buffer_bytes),
                              ranks.members.world_rank(), format_bytes(available));
        }
    } catch (const BackendError& error) {
        failure = fmt::format("rank {}: {}", ranks.members.world_rank(), error.what());
    }
    if (auto objection = first_error(ranks.members, failure)) {
        failed = true;
        return objection;
    }
    if (auto objection = first_error(ranks.members, why)) {
        return objection;
    }
    if (Synchronisation* synchronisation = ranks.settings.synchronisation; synchronisation != nullptr) {
        if (auto refusal = synchronisation->refusal()) {
            return refusal;
        }
        synchronisation->begin_round();
    }
    return std::nullopt;
}

/// This rank's round; nothing, and why, where it has no memory for it, and nothing where the library failed.
std::unique_ptr<CaseMeasurement> try_to_begin(const CaseContext& ranks, const MeasurementFactory& begin,
                                              FailureAgreement& failure, std::optional<std::string>& why)
{
    std::unique_ptr<CaseMeasurement> round;
    try {
        failure.attempt(ranks.group, [&] { round = begin(failure); });
    } catch (const std::bad_alloc&) {
        why = fmt::format("rank {} has not enough memory for the buffers", ranks.members.world_rank());
    }
    return round;
}

}  // namespace

Measurement measure_pattern(const CaseContext& ranks, const Requirements& needs, const MeasurementFactory& begin)
{
    Measurement result;
    result.header = header_of(ranks, needs);
    const double started_unix_s = unix_now_s();
    const double begun_s = ranks.clock.now_s();
    result.round.started_unix_s = started_unix_s;
    const auto conclude = [&](CaseStatus status, std::string why) {
        result.header.status = status;
        result.header.why = std::move(why);
        return result;
    };

    bool library_failed = false;
    if (const auto why = bring_together(ranks, needs.buffer_bytes, library_failed)) {
        result.broken = library_failed && ranks.settings.survives_failure;
        return conclude(library_failed ? CaseStatus::failed : CaseStatus::skipped, *why);
    }
    FailureAgreement failure(ranks.members, ranks.clock, ranks.settings);
    std::optional<std::string> why;
    const auto round = try_to_begin(ranks, begin, failure, why);
    if (const auto failed = failure.agree(ranks.group)) {
        result.broken = true;
        return conclude(CaseStatus::failed, *failed);
    }
    if (const auto objection = first_error(ranks.members, why)) {
        return conclude(CaseStatus::skipped, *objection);
    }
    result.header.verification = ranks.settings.verify ? Verification::verified : Verification::off;
    result.header.verification_note = ranks.settings.verify ? needs.checked : "";

    const auto wrong = round->run();
    if (failure.on_some_rank()) {
        result.broken = true;
        return conclude(CaseStatus::failed, wrong.value_or(""));
    }
    result.round = round->collect();
    result.round.started_unix_s = started_unix_s;
    result.round.elapsed_s = ranks.clock.now_s() - begun_s;
    result.interrupted = round->interrupted() && !wrong;
    return wrong ? conclude(CaseStatus::failed, *wrong) : result;
}

}  // namespace plumbline
