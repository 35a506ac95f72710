// SPDX-License-Identifier: Apache-2.0
#include "results/store/verify.hpp"

#include "results/store/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class Verify : public ::testing::Test {
protected:
    Verify()
    {
        std::string name = (fs::temp_directory_path() / "plumbline_verify_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        info_.ranks = 2;
        writer_ = RunWriter::create(file(), info_, IfExists::refuse);
        CaseHeader header;
        header.what.pattern = "allreduce";
        header.what.ranks = 2;
        header.world_ranks = {0, 1};
        for (int index = 0; index < 2; ++index) {
            Round round;
            round.index = index;
            for (int i = 0; i < 400; ++i) {
                round.seconds.values.push_back((1000 + i * 7919 % 997) / 1e9);
            }
            round.seconds.samples = 200;
            round.seconds.ranks = 2;
            round.warmup.assign(200, 0);
            round.batch.assign(200, 1);
            writer_->store(header, round);
        }
    }
    ~Verify() override
    {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    fs::path file() const { return folder_ / "run.h5"; }
    VerifiedRun verified() const
    {
        return verify_run(file(), [](const RunData&) { return std::vector<ScalingRow>{}; });
    }

    fs::path folder_;
    RunMetadata info_;
    std::unique_ptr<RunWriter> writer_;
};

TEST_F(Verify, a_run_holds_while_it_goes_on_and_when_it_is_folded)
{
    const VerifiedRun unfinished = verified();
    EXPECT_EQ(unfinished.contradictions, std::vector<Contradiction>{});
    EXPECT_FALSE(unfinished.complete);
    EXPECT_EQ(unfinished.rounds, 2U);
    writer_->finish(true);
    const VerifiedRun whole = verified();
    EXPECT_EQ(whole.contradictions, std::vector<Contradiction>{});
    EXPECT_TRUE(whole.complete);
    EXPECT_EQ(whole.samples, 400U);
    EXPECT_EQ(whole.content_sha256.size(), 64U);
    EXPECT_NE(whole.content_sha256, unfinished.content_sha256);
}

TEST_F(Verify, a_part_that_is_gone_or_cut_is_named)
{
    const fs::path part = folder_ / "run.h5.parts" / "000000-1.h5";
    fs::resize_file(part, fs::file_size(part) - 1);
    EXPECT_ANY_THROW(verified());
    fs::remove(part);
    try {
        verified();
        FAIL() << "a run without one of its parts was verified";
    } catch (const std::exception& error) {
        EXPECT_THAT(error.what(), HasSubstr("000000-1.h5"));
    }
}

TEST_F(Verify, scaling_rows_that_the_samples_do_not_make_are_named)
{
    writer_->finish(true);
    const VerifiedRun more = verify_run(file(), [](const RunData&) { return std::vector<ScalingRow>(2); });
    EXPECT_THAT(more.contradictions,
                Contains(Contradiction{.where = "/scaling", .field = "rows", .stored = "0", .recomputed = "2"}));
}

}  // namespace
}  // namespace plumbline
