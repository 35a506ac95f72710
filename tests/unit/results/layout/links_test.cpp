// SPDX-License-Identifier: Apache-2.0
#include "results/store/store.hpp"
#include "results/summaries/link_matrix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>

namespace plumbline {
namespace {

class StoreLinks : public ::testing::Test {
protected:
    StoreLinks()
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline_links_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        header_.what.pattern = "links";
        header_.what.ranks = 3;
        header_.what.bytes = 8;
        header_.world_ranks = {0, 1, 2};
        info_.ranks = 3;
        round_.seconds = {.samples = 3, .ranks = 3, .values = {9, 1, 1, 4, 1, 1, 6, 1, 1}};
        round_.warmup = {1, 0, 0};
        round_.batch = {1, 1, 1};
        round_.links = LinkRows{.sends_to = {1, -1, -1, 1, -1, -1, 1, -1, -1}, .stage = {0, 0, 0}};
    }
    ~StoreLinks() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::filesystem::path file() const { return folder_ / "run.h5"; }

    std::filesystem::path folder_;
    RunMetadata info_;
    CaseHeader header_;
    Round round_;
};

TEST_F(StoreLinks, gives_back_who_sent_to_whom)
{
    const auto writer = RunWriter::create(file(), info_, IfExists::refuse);
    writer->store(header_, round_);
    writer->finish(true);
    EXPECT_EQ(RunFile(file()).load(0).rounds.at(0).links, round_.links);
}

TEST_F(StoreLinks, takes_the_median_of_the_timed_samples_on_the_sender)
{
    const LinkMatrix matrix = link_medians(round_);
    EXPECT_EQ(matrix.at(0, 1), 5);
    EXPECT_TRUE(std::isnan(matrix.at(1, 0)));
}

TEST_F(StoreLinks, refuses_rows_that_do_not_fit_the_samples)
{
    const auto writer = RunWriter::create(file(), info_, IfExists::refuse);
    round_.links->sends_to.pop_back();
    EXPECT_THROW(writer->store(header_, round_), std::logic_error);
    round_.links->sends_to.push_back(-1);
    round_.links->stage.pop_back();
    EXPECT_THROW(writer->store(header_, round_), std::logic_error);
}

TEST_F(StoreLinks, a_round_without_links_has_none)
{
    round_.links.reset();
    const auto writer = RunWriter::create(file(), info_, IfExists::refuse);
    writer->store(header_, round_);
    writer->finish(true);
    EXPECT_EQ(RunFile(file()).load(0).rounds.at(0).links, std::nullopt);
    EXPECT_EQ(link_medians(RunFile(file()).load(0)).ranks, 0U);
}

}  // namespace
}  // namespace plumbline
