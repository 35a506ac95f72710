// SPDX-License-Identifier: Apache-2.0
#include "harness/run/group_cache.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/api/kept_communicators.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <utility>

namespace plumbline {

namespace {

/// The value of `table` at each index.
std::vector<int> look_up(std::span<const int> indices, std::span<const int> table)
{
    std::vector<int> values;
    values.reserve(indices.size());
    for (const int index : indices) {
        if (index < 0 || static_cast<std::size_t>(index) >= table.size()) {
            throw std::out_of_range(fmt::format("no rank {} among {}", index, table.size()));
        }
        values.push_back(table[static_cast<std::size_t>(index)]);
    }
    return values;
}

/// Why `work` failed on this rank, or nothing. Throws on where the library doesn't survive a failure.
template <class Work>
std::optional<Failure> attempt(const GroupSources& sources, Work work)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto failure = [&](const std::string& why, FailureOrigin origin) {
        const std::chrono::duration<double> after = std::chrono::steady_clock::now() - begin;
        return Failure{
            .why = fmt::format("rank {}: {}", sources.world.rank(), why), .after_s = after.count(), .origin = origin};
    };
    try {
        work();
    } catch (const BackendError& error) {
        if (!sources.backend.info().survives_failure) {
            throw;
        }
        return failure(error.what(), error.origin());
    } catch (const std::bad_alloc&) {
        if (!sources.backend.info().survives_failure) {
            throw;
        }
        return failure("not enough memory to join the others", FailureOrigin::here);
    }
    return std::nullopt;
}

}  // namespace

std::vector<int> nodes_of(const Topology& topology, std::span<const int> ranks)
{
    return look_up(ranks, topology.node_of_rank);
}

void GroupCache::begin_case(std::shared_ptr<const std::vector<int>> ranks,
                            const std::optional<AlgorithmChoice>& algorithm)
{
    ++cases_;
    const auto known = std::ranges::find_if(recent_, [&](const RankSet& set) {
        return set.algorithm == algorithm && (set.ranks == ranks || *set.ranks == *ranks);
    });
    if (known != recent_.end()) {
        recent_.splice(recent_.begin(), recent_, known);
    } else {
        recent_.push_front({.ranks = std::move(ranks), .algorithm = algorithm});
    }
    recent_.front().last_case = cases_;
    if (recent_.size() > most_rank_sets) {
        recent_.pop_back();
        std::erase_if(groups_, [&](const CaseGroup& cached) { return cached.last_case < recent_.back().last_case; });
    }
}

const CaseGroup& GroupCache::get(const std::vector<int>& ranks, const std::optional<AlgorithmChoice>& algorithm)
{
    auto entry = find(ranks, algorithm);
    if (entry == groups_.end()) {
        CaseGroup made;
        made.algorithm = algorithm;
        made.members = sources_.world.subgroup(ranks);
        make_group(made);
        if (!made.failure) {
            attach_synchronisation(made);
        }
        entry = groups_.insert(groups_.end(), std::move(made));
    }
    entry->last_case = cases_;
    return *entry;
}

Group& GroupCache::subgroup(const std::vector<int>& subgroup, std::span<const int> case_ranks)
{
    const CaseGroup& its = get(look_up(subgroup, case_ranks));
    if (its.failure) {
        throw BackendError("joining a team", 0, *its.failure);
    }
    its.group->announce_concurrent_ranks(case_ranks);
    return *its.group;
}

std::vector<Group*> GroupCache::subgroups(const std::vector<std::vector<int>>& subgroups, const CaseGroup& whole)
{
    const std::span<const int> case_ranks = whole.members->members();
    if (GroupSplitting* const splitting = sources_.backend.group_splitting()) {
        split(*splitting, subgroups, whole);
    }
    FirstFailure failure;
    std::vector<Group*> groups;
    for (const std::vector<int>& ranks : subgroups) {
        failure.attempt([&] { groups.push_back(&subgroup(ranks, case_ranks)); });
    }
    failure.rethrow();
    return groups;
}

/// Collective over the case: splits the groups of subgroups that are not cached off the group of the case. Every rank
/// takes part in as many splits as the rank with the most subgroups.
void GroupCache::split(GroupSplitting& splitting, const std::vector<std::vector<int>>& subgroups,
                       const CaseGroup& whole)
{
    const std::span<const int> case_ranks = whole.members->members();
    const auto splits =
        static_cast<std::size_t>(whole.members->allreduce_max(static_cast<std::int64_t>(subgroups.size())));
    for (std::size_t i = 0; i < splits; ++i) {
        std::vector<int> ranks;
        if (i < subgroups.size()) {
            ranks = look_up(subgroups[i], case_ranks);
        }
        const bool is_new = !ranks.empty() && find(ranks, std::nullopt) == groups_.end();
        if (whole.members->allreduce_max(is_new ? 1 : 0) == 0) {
            continue;
        }
        CaseGroup made;
        made.members = is_new ? sources_.world.subgroup(ranks) : nullptr;
        const auto failure = attempt(sources_, [&] { made.group = splitting.split(*whole.group, made.members.get()); });
        if (const auto why = earliest_error(*whole.members, failure)) {
            throw BackendError("splitting teams off", 0, *why);
        }
        if (is_new) {
            attach_synchronisation(made);
            made.last_case = cases_;
            groups_.push_back(std::move(made));
        }
    }
}

void GroupCache::evict_within(const std::vector<int>& ranks)
{
    std::erase_if(groups_, [&](const CaseGroup& cached) {
        return std::ranges::all_of(cached.members->members(),
                                   [&](int rank) { return std::ranges::find(ranks, rank) != ranks.end(); });
    });
}

void GroupCache::renew()
{
    groups_.clear();
    for (Backend* const backend : {&sources_.backend, sources_.sync_backend}) {
        if (auto* const kept = dynamic_cast<KeptCommunicators*>(backend)) {
            kept->renew();
        }
    }
}

std::list<CaseGroup>::iterator GroupCache::find(const std::vector<int>& ranks,
                                                const std::optional<AlgorithmChoice>& algorithm)
{
    return std::ranges::find_if(groups_, [&](const CaseGroup& cached) {
        return cached.algorithm == algorithm && std::ranges::equal(cached.members->members(), ranks);
    });
}

/// Collective over the members.
void GroupCache::make_group(CaseGroup& made) const
{
    const auto failure = attempt(sources_, [&] {
        // A plan names algorithms only where the backend has a selection.
        made.group = made.algorithm ? sources_.backend.algorithm_selection()->make_group(*made.algorithm, *made.members)
                                    : sources_.backend.make_group(*made.members);
    });
    made.failure = earliest_error(*made.members, failure);
    if (made.failure) {
        made.group.reset();
    }
}

/// Collective over the members.
void GroupCache::attach_synchronisation(CaseGroup& made) const
{
    if (sources_.sync_backend != nullptr) {
        made.start_group = sources_.sync_backend->make_group(*made.members);
    }
    made.synchronisation = std::make_unique<Synchronisation>(made.start_group ? *made.start_group : *made.group,
                                                             *made.members, sources_.backend.clock(), sources_.sync,
                                                             nodes_of(sources_.topology, made.members->members()));
}

}  // namespace plumbline
