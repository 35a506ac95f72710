// SPDX-License-Identifier: Apache-2.0
#include "harness/run/group_cache.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <new>
#include <utility>

namespace plumbline {

namespace {

/// The value of `table` at each index.
std::vector<int> look_up(std::span<const int> indices, const std::vector<int>& table)
{
    std::vector<int> values;
    std::ranges::transform(indices, std::back_inserter(values),
                           [&](int index) { return table.at(static_cast<std::size_t>(index)); });
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
    return *entry;
}

Group& GroupCache::subgroup(const std::vector<int>& subgroup, const std::vector<int>& case_ranks)
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
    const auto members = whole.members->members();
    const std::vector<int> case_ranks(members.begin(), members.end());
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
    const auto members = whole.members->members();
    const std::vector<int> case_ranks(members.begin(), members.end());
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
