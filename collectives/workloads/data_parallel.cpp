// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/data_parallel.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>

namespace plumbline {

namespace {

SubgroupCall call_of(Collective collective, DataType dtype, std::uint64_t count)
{
    SubgroupCall subgroup;
    subgroup.call.collective = collective;
    subgroup.call.dtype = dtype;
    subgroup.call.count = count;
    subgroup.call.in_place = true;
    return subgroup;
}

/// Writes a step whose communication overlaps with compute.
class OverlappedStep {
public:
    OverlappedStep(const DataParallelSpec& spec, int ranks)
        : spec_(spec), ranks_(static_cast<std::uint64_t>(ranks)), buckets_(bucket_sizes(spec))
    {
        total_ = static_cast<double>(std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0}));
    }

    Program program() &&
    {
        if (spec_.sharding == Sharding::zero3) {
            sharded();
        } else {
            replicated();
        }
        return writer_.finished();
    }

private:
    bool communicates() const { return ranks_ > 1; }

    /// Each bucket's share of `seconds`, with test calls.
    void compute(Phase phase, std::size_t bucket, double seconds)
    {
        writer_.at(phase, -1, static_cast<int>(bucket));
        const ComputeCall work = compute_of(spec_.compute, seconds * static_cast<double>(buckets_[bucket]) / total_);
        if (communicates()) {
            writer_.compute_in_slices(work, spec_.slice_s);
        } else {
            writer_.compute(work);
        }
    }

    std::optional<std::int32_t> begin(Phase phase, Collective collective, std::size_t bucket)
    {
        if (!communicates()) {
            return std::nullopt;
        }
        writer_.at(phase, -1, static_cast<int>(bucket));
        const std::uint64_t elements = buckets_[bucket] / size_of(spec_.dtype);
        // Sharded buckets are padded to a whole number of elements for each rank, as the frameworks do.
        const bool whole = collective == Collective::allreduce;
        const std::uint64_t count = whole ? elements : (elements + ranks_ - 1) / ranks_;
        const std::uint64_t bytes = count * size_of(spec_.dtype) * (whole ? 1 : ranks_);
        return writer_.begin_collective(TimeCategory::data, call_of(collective, spec_.dtype, count), bytes);
    }

    void wait(Phase phase, std::size_t bucket, std::optional<std::int32_t> begun)
    {
        if (begun) {
            writer_.at(phase, -1, static_cast<int>(bucket));
            writer_.wait(*begun);
        }
    }

    void replicated()
    {
        writer_.at(Phase::forward);
        writer_.compute(compute_of(spec_.compute, spec_.forward_s));
        const bool whole = spec_.sharding == Sharding::none;
        std::vector<std::optional<std::int32_t>> gradients;
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
            compute(Phase::backward, bucket, spec_.backward_s);
            gradients.push_back(
                begin(Phase::backward, whole ? Collective::allreduce : Collective::reduce_scatter, bucket));
        }
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
            wait(Phase::backward, bucket, gradients[bucket]);
        }
        if (!whole) {
            gather_parameters();
        }
    }

    /// After the optimizer: no compute is left to overlap with.
    void gather_parameters()
    {
        std::vector<std::optional<std::int32_t>> gathers;
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
            gathers.push_back(begin(Phase::optimizer, Collective::allgather, bucket));
        }
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
            wait(Phase::optimizer, bucket, gathers[bucket]);
        }
    }

    void sharded()
    {
        const std::size_t count = buckets_.size();
        // Forward passes the units from the first layers on, which are the last bucket.
        gathered_pass(Phase::forward, spec_.forward_s, [&](std::size_t i) { return count - 1 - i; }, nullptr);
        std::vector<std::optional<std::int32_t>> gradients(count);
        gathered_pass(Phase::backward, spec_.backward_s, [](std::size_t i) { return i; }, &gradients);
        for (std::size_t bucket = 0; bucket < count; ++bucket) {
            wait(Phase::backward, bucket, gradients[bucket]);
        }
    }

    /// All units in the given order, each as soon as its parameters have arrived, with `prefetch` more in flight.
    template <class Order>
    void gathered_pass(Phase phase, double seconds, Order unit, std::vector<std::optional<std::int32_t>>* gradients)
    {
        const std::size_t count = buckets_.size();
        const auto ahead = static_cast<std::size_t>(spec_.prefetch);
        std::vector<std::optional<std::int32_t>> gathers(count);
        std::size_t begun = 0;
        for (std::size_t i = 0; i < count; ++i) {
            for (; begun < std::min(count, i + 1 + ahead); ++begun) {
                gathers[begun] = begin(phase, Collective::allgather, unit(begun));
            }
            wait(phase, unit(i), gathers[i]);
            compute(phase, unit(i), seconds);
            if (gradients != nullptr) {
                (*gradients)[unit(i)] = begin(phase, Collective::reduce_scatter, unit(i));
            }
        }
    }

    const DataParallelSpec& spec_;
    std::uint64_t ranks_;
    std::vector<std::uint64_t> buckets_;
    double total_ = 0;
    ProgramWriter writer_;
};

}  // namespace

std::string_view name(Sharding sharding)
{
    constexpr std::array<std::string_view, all_shardings.size()> names{"none", "zero1", "zero2", "zero3"};
    return names.at(static_cast<std::size_t>(sharding));
}

std::vector<std::uint64_t> bucket_sizes(const DataParallelSpec& spec)
{
    if (!spec.buckets.empty()) {
        return spec.buckets;
    }
    std::vector<std::uint64_t> sizes;
    std::uint64_t left = spec.gradient_bytes;
    while (left > 0) {
        const std::uint64_t cap = sizes.empty() ? spec.first_bucket_bytes : spec.bucket_bytes;
        sizes.push_back(std::min(left, cap));
        left -= sizes.back();
    }
    return sizes;
}

std::uint64_t bucket_count(const DataParallelSpec& spec)
{
    if (!spec.buckets.empty()) {
        return spec.buckets.size();
    }
    const std::uint64_t after_first = spec.gradient_bytes - std::min(spec.gradient_bytes, spec.first_bucket_bytes);
    const std::uint64_t more = after_first / spec.bucket_bytes + (after_first % spec.bucket_bytes > 0 ? 1 : 0);
    return more + (spec.gradient_bytes > 0 ? 1 : 0);
}

Program data_parallel_program(const DataParallelSpec& spec, int ranks)
{
    if (spec.overlaps()) {
        return OverlappedStep(spec, ranks).program();
    }
    ProgramWriter writer;
    writer.compute(compute_of(spec.compute, spec.compute_s));
    if (ranks > 1 && spec.gradient_bytes > 0) {
        const std::uint64_t count = spec.gradient_bytes / size_of(spec.dtype);
        writer.collective(TimeCategory::data, call_of(Collective::allreduce, spec.dtype, count), spec.gradient_bytes);
    }
    return writer.finished();
}

double queue_finish_s(std::span<const double> ready_s, std::span<const double> cost_s)
{
    double free_s = 0;
    for (std::size_t i = 0; i < ready_s.size(); ++i) {
        free_s = std::max(free_s, ready_s[i]) + cost_s[i];
    }
    return free_s;
}

}  // namespace plumbline
