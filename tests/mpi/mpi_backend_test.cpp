// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/backend.hpp"
#include "collectives/api/kept_communicators.hpp"
#include "collectives/operations/payload.hpp"
#include "collectives/operations/traffic.hpp"
#include "collectives/util/error.hpp"
#include "tests/conformance/call_buffers.hpp"
#include "tests/conformance/calls.hpp"
#include "tests/mpi/launch.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using conformance::all_calls;
using conformance::CallBuffers;
using conformance::contents;
using conformance::describe_call;
using conformance::with_counts;
using testing::HasSubstr;

constexpr int cut_small = 7;  ///< elements an MPI call: nearly everything is cut
constexpr std::byte poison{0xee};

/// A backend and its group over the whole launch, made once for all tests with the same limit.
struct Plane {
    std::unique_ptr<Backend> backend;
    std::unique_ptr<Group> group;
};

Plane make_plane(int max_count)
{
    Plane plane{.backend = session().make_backend(max_count), .group = nullptr};
    plane.group = plane.backend->make_group(session().world());
    return plane;
}

class BackendTest : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        whole = make_plane(INT_MAX);
        cut = make_plane(cut_small);
    }
    static void TearDownTestSuite()
    {
        whole = {};
        cut = {};
    }

    static Plane& plane(int max_count) { return max_count == INT_MAX ? whole : cut; }
    static Group& group(int max_count = INT_MAX) { return *plane(max_count).group; }
    static int rank() { return group().rank(); }
    static int size() { return group().size(); }

private:
    inline static Plane whole;
    inline static Plane cut;
};

/// Collective over the group.
void run_twice_and_check(Group& group, const CollectiveCall& call)
{
    ASSERT_EQ(group.unsupported_reason(call), std::nullopt);
    CallBuffers buffers(group, call);
    const auto operation = group.prepare(call, buffers.send(), buffers.recv());
    for (int i = 0; i < 2; ++i) {
        buffers.fill();
        group.synchronize();
        operation->start();
        operation->finish();
        EXPECT_EQ(buffers.objection(), std::nullopt);
    }
}

/// Collective over the group. The form that goes on beside compute: only test calls move it until it is done.
void run_overlapped_and_check(Group& group, const CollectiveCall& call)
{
    CallBuffers buffers(group, call);
    const auto operation = prepare_overlapped(group, call, buffers.send(), buffers.recv());
    OverlapControl* const overlap = operation->overlap();
    ASSERT_NE(overlap, nullptr);
    for (int i = 0; i < 2; ++i) {
        buffers.fill();
        group.synchronize();
        operation->start();
        while (!overlap->test()) {
        }
        operation->finish();
        EXPECT_EQ(buffers.objection(), std::nullopt);
    }
}

/// MPI has a non-blocking form of all but messages.
bool can_overlap(Collective collective)
{
    return !info(collective).pairs && collective != Collective::sendrecv;
}

// What every backend must do is in tests/conformance; here it is done again by many calls of MPI each.
class EveryCollective : public BackendTest, public testing::WithParamInterface<Collective> {};

TEST_P(EveryCollective, moves_the_right_data_in_every_form_when_it_is_cut)
{
    const Collective collective = GetParam();
    if (info(collective).pairs && size() == 1) {
        EXPECT_NE(group().unsupported_reason({.collective = collective, .count = 1}), std::nullopt);
        return;
    }
    constexpr std::array<std::uint64_t, 4> counts{1, 3, 17, 50};
    int supported = 0;
    for (const CollectiveCall& call : all_calls(collective, counts, rank(), size())) {
        SCOPED_TRACE(describe_call(call));
        if (collective == Collective::alltoallv && call.count * static_cast<std::uint64_t>(size()) > cut_small) {
            EXPECT_THAT(group(cut_small).unsupported_reason(call).value_or(""), HasSubstr("int displacements"));
            continue;
        }
        run_twice_and_check(group(cut_small), call);
        ++supported;
    }
    EXPECT_GT(supported, 0);
}

TEST_P(EveryCollective, moves_the_right_data_by_test_calls_alone_where_it_can_overlap)
{
    const Collective collective = GetParam();
    constexpr std::array<std::uint64_t, 2> counts{1, 50};
    for (const int max_count : {INT_MAX, cut_small}) {
        for (const CollectiveCall& call : all_calls(collective, counts, rank(), size())) {
            SCOPED_TRACE(describe_call(call));
            const std::uint64_t most = std::max(call.count, call.send_counts.sum());
            if (can_overlap(collective) && most <= static_cast<std::uint64_t>(max_count)) {
                run_overlapped_and_check(group(max_count), call);
            } else if (group().unsupported_reason(call) == std::nullopt) {
                CallBuffers buffers(group(max_count), call);
                EXPECT_THROW(prepare_overlapped(group(max_count), call, buffers.send(), buffers.recv()), BackendError);
            }
        }
    }
}

std::vector<Collective> collectives()
{
    std::vector<Collective> result;
    for (const CollectiveInfo& row : all_collectives()) {
        result.push_back(row.collective);
    }
    return result;
}

std::string limit_name(int max_count)
{
    return max_count == INT_MAX ? "whole" : "cut";
}

std::string every_collective_name(const testing::TestParamInfo<EveryCollective::ParamType>& test)
{
    return std::string(name(test.param));
}

INSTANTIATE_TEST_SUITE_P(Mpi, EveryCollective, testing::ValuesIn(collectives()), every_collective_name);

class CutCalls : public BackendTest {};

TEST_F(CutCalls, every_layout_and_window_moves_the_right_data)
{
    if (size() == 1) {
        return;
    }
    for (const PairLayout pairs : {PairLayout::adjacent, PairLayout::halves}) {
        for (const int window : {1, 2, 64}) {
            for (const Collective collective : {Collective::pingpong, Collective::bidirectional}) {
                const CollectiveCall call{.collective = collective, .count = 20, .pairs = pairs, .window = window};
                SCOPED_TRACE(fmt::format("{} {} window {}", name(collective), name(pairs), window));
                run_twice_and_check(group(cut_small), call);
            }
        }
    }
}

TEST_F(CutCalls, calls_of_no_elements_run)
{
    for (const CollectiveInfo& row : all_collectives()) {
        if (row.pairs && size() == 1) {
            continue;
        }
        SCOPED_TRACE(row.name);
        CollectiveCall call{.collective = row.collective, .count = 0};
        if (row.collective == Collective::alltoallv) {
            call.send_counts = BlockCounts::even(static_cast<std::size_t>(size()), 0);
            call.recv_counts = BlockCounts::even(static_cast<std::size_t>(size()), 0);
        }
        run_twice_and_check(group(cut_small), call);
    }
}

class MpiBackend : public BackendTest {};

TEST_F(MpiBackend, alltoallv_follows_a_skewed_matrix)
{
    for (const SkewKind kind : {SkewKind::uniform, SkewKind::random, SkewKind::zipf, SkewKind::hot}) {
        for (const std::uint64_t seed : {1U, 2U, 3U}) {
            SCOPED_TRACE(fmt::format("{} seed {}", name(kind), seed));
            const TrafficMatrix matrix(kind, size(), 100, 1.5, seed);
            const CollectiveCall call{.collective = Collective::alltoallv, .dtype = DataType::float16, .count = 100};
            run_twice_and_check(group(), with_counts(call, matrix, rank()));
        }
    }
}

/// Rank i sends rank j i * n + j elements: no two alike, and rank 0 sends nothing to itself.
TrafficMatrix uneven_matrix(int ranks)
{
    std::vector<std::uint64_t> bytes(static_cast<std::size_t>(ranks) * static_cast<std::size_t>(ranks));
    std::iota(bytes.begin(), bytes.end(), std::uint64_t{0});
    return TrafficMatrix(bytes, ranks, DataType::int8);
}

TEST_F(MpiBackend, alltoallv_follows_a_table_of_bytes)
{
    const CollectiveCall call{.collective = Collective::alltoallv, .dtype = DataType::int8};
    run_twice_and_check(group(), with_counts(call, uneven_matrix(size()), rank()));
}

TEST_F(MpiBackend, alltoallv_with_unequal_counts_is_refused_in_place)
{
    const CollectiveCall call{.collective = Collective::alltoallv, .dtype = DataType::int8, .in_place = true};
    const auto reason = group().unsupported_reason(with_counts(call, uneven_matrix(size()), rank()));
    EXPECT_EQ(reason.has_value(), size() > 1) << reason.value_or("");
}

TEST_F(MpiBackend, says_why_it_cannot_run_a_call)
{
    const auto reason = [](const CollectiveCall& call) { return group().unsupported_reason(call).value_or("none"); };
    EXPECT_THAT(reason({.collective = Collective::sendrecv, .count = 1, .in_place = true}),
                HasSubstr("sendrecv has no in-place form"));
    EXPECT_THAT(reason({.collective = Collective::reduce, .count = 1, .root = size()}),
                HasSubstr(fmt::format("can't have root {}", size())));
    EXPECT_THAT(reason({.collective = Collective::gather, .count = 1, .root = -1}), HasSubstr("can't have root -1"));
    EXPECT_EQ(reason({.collective = Collective::allreduce, .count = std::uint64_t{1} << 40}), "none");
}

TEST_F(MpiBackend, works_on_some_of_the_ranks_in_another_order)
{
    std::vector<int> ranks(static_cast<std::size_t>(size() - 1));
    std::iota(ranks.rbegin(), ranks.rend(), 1);
    if (rank() == 0) {
        return;
    }
    const auto members = session().world().subgroup(ranks);
    for (const int max_count : {INT_MAX, cut_small}) {
        const auto some = plane(max_count).backend->make_group(*members);
        ASSERT_EQ(some->size(), size() - 1);
        EXPECT_EQ(some->rank(), size() - 1 - rank());
        for (const CollectiveInfo& row : all_collectives()) {
            if ((row.pairs && some->size() == 1) || row.collective == Collective::alltoallv) {
                continue;
            }
            SCOPED_TRACE(row.name);
            run_twice_and_check(*some, {.collective = row.collective, .dtype = DataType::bfloat16, .count = 17});
        }
    }
}

/// A suite of its own, since no group may be left when communicators go.
TEST(MpiBackendRenewal, groups_of_all_and_of_some_ranks_move_the_right_data_in_each_round)
{
    const auto backend = session().make_backend(INT_MAX);
    auto* const kept = dynamic_cast<KeptCommunicators*>(backend.get());
    ASSERT_NE(kept, nullptr);
    const CollectiveCall call{.collective = Collective::allreduce, .dtype = DataType::int32, .count = 17};
    for (int round = 0; round < 3; ++round) {
        run_twice_and_check(*backend->make_group(session().world()), call);
        const std::vector<int> first{0};
        if (session().world().rank() == 0) {
            const auto members = session().world().subgroup(first);
            run_twice_and_check(*backend->make_group(*members), call);
        }
        kept->renew();
    }
}

/// More than an int counts. Only the first and last elements are looked at: all of them would take minutes.
TEST_F(MpiBackend, broadcast_of_more_than_two_to_the_31_bytes_arrives_whole)
{
    constexpr std::uint64_t count = (std::uint64_t{1} << 31) + 5;
    constexpr std::uint64_t window = 4096;
    if (size() != 2) {
        GTEST_SKIP() << "2 ranks are enough for 4 GiB of memory";
    }
    if (!all_agree(session().world(), group().available_bytes() > count)) {
        GTEST_SKIP() << "not enough memory for 2 GiB on each of 2 ranks";
    }
    const CollectiveCall call{.collective = Collective::broadcast, .dtype = DataType::uint8, .count = count, .root = 1};
    const auto buffer = group().allocate(count);
    const std::array<std::uint64_t, 2> windows{0, count - window};  // INT_MAX lies in the second
    std::vector<std::byte> data(window);
    for (const std::uint64_t first : windows) {
        if (rank() == call.root) {
            fill_input(call, rank(), size(), first, data);
            buffer->upload(first, data);
        }
    }
    const auto operation = group().prepare(call, *buffer, *buffer);
    operation->start();
    operation->finish();
    for (const std::uint64_t first : windows) {
        buffer->download(first, data);
        EXPECT_EQ(check_output(call, rank(), size(), first, data), std::nullopt) << "window at " << first;
    }
}

class Messages : public BackendTest, public testing::WithParamInterface<int> {};

TEST_P(Messages, arrive_by_tag_whichever_is_awaited_first)
{
    Group& ring = group(GetParam());
    const int next = (rank() + 1) % size();
    const int previous = (rank() + size() - 1) % size();
    constexpr std::array<std::uint64_t, 3> sizes{1000, 0, 13};
    std::vector<std::unique_ptr<Buffer>> buffers;
    std::vector<std::unique_ptr<Operation>> sends;
    std::vector<std::unique_ptr<Operation>> receives;
    for (std::size_t tag = 0; tag < sizes.size(); ++tag) {
        buffers.push_back(ring.allocate(sizes[tag]));
        buffers.back()->fill(static_cast<std::byte>(10 * rank() + static_cast<int>(tag)));
        sends.push_back(ring.prepare_send(next, static_cast<int>(tag), *buffers.back(), sizes[tag]));
        buffers.push_back(ring.allocate(sizes[tag]));
        receives.push_back(ring.prepare_receive(previous, static_cast<int>(tag), *buffers.back(), sizes[tag]));
    }
    for (int repetition = 0; repetition < 2; ++repetition) {
        for (std::size_t tag = 0; tag < sizes.size(); ++tag) {
            buffers[2 * tag + 1]->fill(poison);
            receives[tag]->start();
        }
        for (std::size_t tag = sizes.size(); tag-- > 0;) {
            sends[tag]->start();
        }
        for (std::size_t tag = sizes.size(); tag-- > 0;) {
            receives[tag]->finish();
            sends[tag]->finish();
            const auto expected = static_cast<std::byte>(10 * previous + static_cast<int>(tag));
            EXPECT_EQ(contents(*buffers[2 * tag + 1], 0, sizes[tag]), std::vector<std::byte>(sizes[tag], expected));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Mpi, Messages, testing::Values(INT_MAX, cut_small),
                         [](const auto& test) { return limit_name(test.param); });

TEST_F(MpiBackend, errors_of_the_library_name_the_call_and_its_code)
{
    const auto buffer = group().allocate(8);
    try {
        group().prepare_send(size(), 0, *buffer, 8);
        ADD_FAILURE() << "sent to a rank that does not exist";
    } catch (const BackendError& error) {
        EXPECT_EQ(error.call(), "MPI_Send_init");
        EXPECT_NE(error.code(), 0);
        EXPECT_THAT(error.what(), HasSubstr("rank"));
    }
}

TEST_F(MpiBackend, memory_on_offer_is_a_share_of_the_host)
{
    EXPECT_GT(group().available_bytes(), 0U);
    EXPECT_LT(group().available_bytes(), std::uint64_t{1} << 60);
    EXPECT_THROW(group().allocate(std::uint64_t{1} << 60), std::bad_alloc);
}

TEST_F(MpiBackend, says_what_it_is)
{
    setenv("OMPI_MCA_coll_tuned_allreduce_algorithm", "4", 1);
    setenv("OMPI_MCA_orte_secret", "hidden", 1);
    const auto made = session().make_backend();
    const Backend& backend = *made;
    EXPECT_EQ(backend.info().name, "mpi");
    EXPECT_EQ(backend.info().kind, LibraryKind::real);
    const Facts facts = backend.info().facts;
    const auto fact = [&](const std::string& what) {
        const auto found = std::find_if(facts.begin(), facts.end(), [&](const auto& f) { return f.first == what; });
        return found == facts.end() ? "missing" : found->second;
    };
    EXPECT_EQ(fact("library"), mpi::library_version());
    EXPECT_THAT(fact("mpi_standard"), testing::MatchesRegex("[34]\\.[0-9]"));
    EXPECT_EQ(fact("thread_level"), std::getenv("OMPI_MPI_THREAD_LEVEL") == nullptr ? "single" : "multiple");
    EXPECT_THAT(fact("cuda_aware"), testing::AnyOf("yes", "no", "unknown"));
    EXPECT_EQ(fact("OMPI_MCA_coll_tuned_allreduce_algorithm"), "4");
    EXPECT_EQ(fact("OMPI_MCA_orte_secret"), "missing") << "only parameters that choose transports and algorithms";
}

}  // namespace
}  // namespace plumbline
