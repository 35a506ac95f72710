// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/prepared_case.hpp"

#include "collectives/operations/payload.hpp"
#include "collectives/operations/traffic.hpp"
#include "collectives/util/error.hpp"
#include "harness/sampling/case_measurement.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

constexpr std::uint64_t staging_bytes = 256 * 1024;
constexpr auto poison = std::byte{0xA5};

/// Calls visit(first element, window) over `elements` elements, through one small staging area.
template <class Visit>
void for_each_window(std::uint64_t elements, std::uint64_t element_bytes, Visit visit)
{
    const std::uint64_t step = std::max<std::uint64_t>(staging_bytes / element_bytes, 1);
    std::vector<std::byte> staging(static_cast<std::size_t>(std::min(elements, step) * element_bytes));
    for (std::uint64_t first = 0; first < elements; first += step) {
        const std::uint64_t count = std::min(step, elements - first);
        visit(first, std::span(staging).first(static_cast<std::size_t>(count * element_bytes)));
    }
}

}  // namespace

LargestOfRanks largest_over(Communicator& members)
{
    return [&members](std::uint64_t mine) {
        return static_cast<std::uint64_t>(members.allreduce_max(static_cast<std::int64_t>(mine)));
    };
}

/// Its bandwidth is the bottleneck rank's, where nothing but the exchange takes time.
WorkloadOnRank workload_on_rank(const ExpertParallelSpec& spec, int rank, int ranks, const LargestOfRanks& largest)
{
    const std::optional<std::uint64_t> mine = largest ? received_to_agree_on(spec, rank, ranks) : std::nullopt;
    const std::optional<std::uint64_t> most_received = mine ? std::optional(largest(*mine)) : std::nullopt;
    WorkloadOnRank workload{.program = expert_parallel_program(spec, rank, ranks, most_received),
                            .closed_forms = closed_forms(spec, ranks, most_received),
                            .total_bytes = 0,
                            .bus_factor = std::nullopt};
    if (spec.expert_s == 0 && ranks > 1) {
        workload.total_bytes = expert_total_bytes(spec, ranks, most_received);
        workload.bus_factor = busbw_factor(Collective::alltoallv, ranks);
    }
    return workload;
}

PreparedCase::PreparedCase(const CaseOnRank& rank, WorkloadOnRank workload, JoinSubgroups join)
    : group_(rank.group),
      clock_(rank.clock),
      case_(rank.c),
      launch_rank_(rank.world_rank),
      join_(std::move(join)),
      program_(std::move(workload.program)),
      closed_forms_(std::move(workload.closed_forms)),
      total_bytes_(workload.total_bytes),
      bus_factor_(workload.bus_factor)
{
}

PreparedCase::PreparedCase(const CaseOnRank& rank, const CollectiveSpec& spec)
    : group_(rank.group), clock_(rank.clock), case_(rank.c), launch_rank_(rank.world_rank), memory_(rank.memory)
{
    const CaseIdentity& what = case_.what;
    CollectiveCall call;
    call.collective = spec.collective;
    call.dtype = what.dtype;
    call.op = what.op;
    call.root = what.root;
    call.in_place = what.in_place;
    call.pairs = spec.pairs;
    call.form = spec.calls.front();
    timing_ = spec.timings.front();
    call.window = spec.collective == Collective::bidirectional ? spec.window : 1;
    call.count = block_elements(spec.collective, what.dtype, what.bytes, what.ranks);
    total_bytes_ = plumbline::total_bytes(call, what.ranks);
    if (spec.collective == Collective::alltoallv) {
        TrafficOnce own;
        const auto traffic = (rank.traffic != nullptr ? *rank.traffic : own).of(spec, what);
        call.send_counts = traffic->sent_by(group_.rank());
        call.recv_counts = traffic->received_by(group_.rank());
        const std::uint64_t most = spec.skew == SkewKind::random && rank.largest
                                       ? rank.largest(traffic->most_elements(group_.rank()))
                                       : traffic->bottleneck_elements();
        total_bytes_ = most * size_of(what.dtype);
    }
    bus_factor_ = busbw_factor(spec.collective, what.ranks, call.window);
    const BufferElements elements = buffer_elements(call, group_.rank(), group_.size());
    send_bytes_ = elements.send * size_of(call.dtype);
    recv_bytes_ = elements.recv * size_of(call.dtype);
    one_buffer_ = call.in_place || call.collective == Collective::broadcast;
    call_ = std::move(call);
}

std::optional<std::string> PreparedCase::refusal() const
{
    if (call_) {
        if (auto why = group_.unsupported_reason(*call_)) {
            return why;
        }
        if (auto why = why_not_queued()) {
            return why;
        }
    }
    for (const ComputeCall& work : program_.works) {
        if (auto why = group_.unsupported_compute(work)) {
            return why;
        }
    }
    std::uint64_t need = 0;
    std::uint64_t available = 0;
    if (call_) {
        const std::uint64_t pairs = wanted_pairs();
        need = one_buffer_ ? pairs * std::max(send_bytes_, recv_bytes_) : send_bytes_ + pairs * recv_bytes_;
        available = group_.available_bytes(memory_);
    } else {
        need = WorkloadOperation::buffer_bytes(program_, group_.rank(), group_.size());
        available = group_.available_bytes(MemoryUse::scratch);
    }
    return why_no_memory(need, available, launch_rank_);
}

void PreparedCase::prepare()
{
    if (!call_) {
        auto workload = std::make_unique<WorkloadOperation>(group_, clock_, program_, join_);
        workload_ = workload.get();
        operation_ = std::move(workload);
        return;
    }
    if (!one_buffer_) {
        send_ = group_.allocate(send_bytes_, memory_);
        write_pattern(*send_, 0, send_bytes_ / size_of(call_->dtype));
    }
    for (std::size_t pair = 0; pair < wanted_pairs(); ++pair) {
        received_.push_back(group_.allocate(one_buffer_ ? std::max(send_bytes_, recv_bytes_) : recv_bytes_, memory_));
    }
    reset_data();
    prepare_operation();
}

void PreparedCase::prepare_operation()
{
    std::vector<BufferPair> pairs;
    for (const auto& recv : received_) {
        pairs.push_back({.send = one_buffer_ ? recv.get() : send_.get(), .recv = recv.get()});
    }
    const auto single = [&] { return group_.prepare(*call_, *pairs.front().send, *pairs.front().recv); };
    if (timing_.regime == TimingRegime::drained) {
        operation_ = single();
        return;
    }
    operation_ = group_.collective_queue()->prepare_chain(*call_, pairs, timing_.chain);
    if (consumes_input(1)) {
        single_ = single();
    }
}

std::size_t PreparedCase::wanted_pairs() const
{
    const bool chained = timing_.regime == TimingRegime::chained;
    return chained ? group_.collective_queue()->buffer_pairs(timing_.chain) : 1;
}

std::optional<std::string> PreparedCase::why_not_queued() const
{
    if (timing_.regime == TimingRegime::drained) {
        return std::nullopt;
    }
    CollectiveQueue* const queue = group_.collective_queue();
    if (queue == nullptr) {
        return "timing: chained is not available here (a call of this library returns when its operation is done, so "
               "nothing queues). Use timing: drained";
    }
    if (const auto why = queue->unqueueable_reason(*call_)) {
        return fmt::format("timing: chained is not available here ({}). Use timing: drained", *why);
    }
    return std::nullopt;
}

void PreparedCase::connect()
{
    FirstFailure failure;
    failure.attempt([&] { group_.connect(); });
    if (workload_ != nullptr) {
        failure.attempt([&] { workload_->connect_subgroups(); });
    }
    failure.rethrow();
}

std::optional<std::string> PreparedCase::unverifiable_reason() const
{
    if (!call_) {
        return "a workload's messages carry no pattern";
    }
    if (call_->collective == Collective::barrier) {
        return "a barrier moves no data";
    }
    return std::nullopt;
}

bool PreparedCase::consumes_input(std::uint32_t batch) const
{
    return call_ && call_->in_place && batch * chain() > pairs();
}

void PreparedCase::write_pattern(Buffer& buffer, std::uint64_t buffer_element, std::uint64_t elements) const
{
    if (!buffer.holds_data()) {
        return;
    }
    const std::uint64_t size = size_of(call_->dtype);
    for_each_window(elements, size, [&](std::uint64_t first, std::span<std::byte> window) {
        fill_input(*call_, group_.rank(), group_.size(), first, window, shift_);
        buffer.upload((buffer_element + first) * size, window);
    });
}

void PreparedCase::reset_data()
{
    for (const auto& recv : received_) {
        reset_buffer(*recv);
    }
}

std::uint64_t PreparedCase::executions_to_see_all_ranks() const
{
    if (unverifiable_reason()) {
        return 1;
    }
    const auto ranks = static_cast<std::uint64_t>(group_.size());
    const std::uint64_t seen = ranks_seen(*call_, group_.size());
    return (ranks + seen - 1) / seen;
}

void PreparedCase::count_others()
{
    shift_ = (shift_ + ranks_seen(*call_, group_.size())) % static_cast<std::uint64_t>(group_.size());
    if (!one_buffer_) {
        write_pattern(*send_, 0, send_bytes_ / size_of(call_->dtype));
    }
}

void PreparedCase::reset_buffer(Buffer& recv)
{
    recv.fill(poison);
    if (call_->collective == Collective::broadcast) {
        if (group_.rank() == call_->root) {
            write_pattern(recv, 0, call_->count);
        }
    } else if (call_->in_place) {
        const auto offsets = group_.in_place_offsets(*call_);
        write_pattern(recv, offsets.input, send_bytes_ / size_of(call_->dtype));
    }
}

template <class Visit>
void PreparedCase::look_at_output(const Buffer& recv, Visit visit) const
{
    const std::uint64_t size = size_of(call_->dtype);
    const std::uint64_t offset = call_->in_place ? group_.in_place_offsets(*call_).output : 0;
    bool goes_on = true;
    for_each_window(recv_bytes_ / size, size, [&](std::uint64_t first, std::span<std::byte> window) {
        if (goes_on) {
            recv.download((offset + first) * size, window);
            goes_on = visit(first, window);
        }
    });
}

std::uint64_t PreparedCase::count_wrong() const
{
    if (unverifiable_reason() || !has_output(*call_, group_.rank(), group_.size())) {
        return 0;
    }
    const std::uint64_t size = size_of(call_->dtype);
    std::uint64_t count = 0;
    for (const auto& recv : received_) {
        look_at_output(*recv, [&](std::uint64_t first, std::span<const std::byte> window) {
            const std::uint64_t end = first + window.size() / size;
            for (std::uint64_t next = first; next < end;) {
                const auto rest = window.subspan(static_cast<std::size_t>((next - first) * size));
                const auto mismatch = check_output(*call_, group_.rank(), group_.size(), next, rest);
                count += mismatch ? 1U : 0U;
                next = mismatch ? mismatch->element + 1 : end;
            }
            return true;
        });
    }
    return count;
}

std::optional<std::string> PreparedCase::check_data() const
{
    if (unverifiable_reason() || !has_output(*call_, group_.rank(), group_.size())) {
        return std::nullopt;
    }
    for (const auto& recv : received_) {
        if (auto wrong = check_buffer(*recv)) {
            return wrong;
        }
    }
    return std::nullopt;
}

std::optional<std::string> PreparedCase::check_buffer(const Buffer& recv) const
{
    const std::uint64_t size = size_of(call_->dtype);
    const std::uint64_t offset = call_->in_place ? group_.in_place_offsets(*call_).output : 0;
    std::optional<std::uint64_t> wrong_by_device;
    if (DeviceVerifier* const device = group_.device_verifier()) {
        wrong_by_device = device->first_wrong(*call_, recv, offset * size);
        if (!wrong_by_device) {
            return std::nullopt;
        }
    }
    std::optional<std::string> wrong;
    look_at_output(recv, [&](std::uint64_t first, std::span<const std::byte> window) {
        if (const auto mismatch = check_output(*call_, group_.rank(), group_.size(), first, window)) {
            wrong = fmt::format("wrong data on rank {}, element {}: expected {}, got {}", launch_rank_,
                                mismatch->element, mismatch->expected, mismatch->got);
        }
        return !wrong;
    });
    if (wrong_by_device && !wrong) {
        return fmt::format(
            "data of rank {} can't be judged: its device calls element {} wrong, which the host finds right",
            launch_rank_, *wrong_by_device);
    }
    return wrong;
}

}  // namespace plumbline
