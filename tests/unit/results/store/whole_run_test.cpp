// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "results/hdf5/hdf5_handles.hpp"
#include "results/store/store.hpp"
#include "results/store/verify.hpp"
#include "tests/support/stored_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using test::header;
using test::round_of;
using test::whole_info;
using ::testing::IsEmpty;

class WholeRun : public test::StoreFolder {};

TEST_F(WholeRun, written_at_once_is_read_as_one_that_grew)
{
    const std::vector<CaseHeader> cases{header(4), header(2), header(2)};
    const std::vector<Round> rounds{round_of(0), round_of(0), round_of(1)};
    write_run(file("once.h5"), whole_info(), cases, rounds, IfExists::refuse);
    const auto writer = RunWriter::create(file("grown.h5"), whole_info(), IfExists::refuse);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        writer->store(cases[i], rounds[i]);
    }
    writer->finish(true);
    const RunFile once(file("once.h5"));
    const RunFile grown(file("grown.h5"));
    EXPECT_TRUE(once.complete());
    EXPECT_EQ(once.info(), grown.info());
    EXPECT_EQ(once.cases(), grown.cases());
    EXPECT_EQ(once.stored_rounds(), grown.stored_rounds());
    for (const int id : {2, 4}) {
        EXPECT_EQ(once.load(id), grown.load(id));
    }
    EXPECT_FALSE(std::filesystem::exists(parts("once.h5")));
}

TEST_F(WholeRun, keeps_a_value_without_samples_in_the_tables_alone)
{
    CaseHeader value = header(1);
    value.world_ranks.clear();
    value.reported = ImportedValue{.time_s = 0.5, .estimator = "mean", .iterations = 20};
    const std::vector<CaseHeader> cases{value, header(2)};
    const std::vector<Round> rounds{Round{}, round_of(0)};
    write_run(file(), whole_info(), cases, rounds, IfExists::refuse);
    const RunFile run(file());
    ASSERT_EQ(run.cases().size(), 2U);
    EXPECT_EQ(run.cases().front().header, value);
    EXPECT_EQ(run.cases().front().rounds, 0);
    EXPECT_EQ(run.stored_rounds(), (std::set<std::pair<int, int>>{{2, 0}}));
    EXPECT_EQ(run.load(1), (CaseRecord{.header = value, .rounds = {}}));
    EXPECT_THAT(verify_run(file(), [](const RunData&) { return std::vector<ScalingRow>{}; }).contradictions, IsEmpty());
    const hdf5::Id stored = hdf5::open_file(file());
    EXPECT_FALSE(hdf5::exists(stored.get(), "/cases/000001"));
    EXPECT_TRUE(hdf5::exists(stored.get(), "/cases/000002"));
}

TEST_F(WholeRun, replaces_nothing_that_is_in_the_way)
{
    std::ofstream(file()) << "mine";
    const std::vector<CaseHeader> cases{header(0)};
    const std::vector<Round> rounds{round_of(0)};
    EXPECT_THROW(write_run(file(), whole_info(), cases, rounds, IfExists::refuse), ConfigError);
    EXPECT_THROW(write_run(file(), whole_info(), cases, rounds, IfExists::overwrite), ConfigError);
    EXPECT_THROW(write_run(folder_, whole_info(), cases, rounds, IfExists::overwrite), ConfigError);
    EXPECT_EQ(std::filesystem::file_size(file()), 4U);
}

}  // namespace
}  // namespace plumbline
