// SPDX-License-Identifier: Apache-2.0
#include "results/store/verify.hpp"

#include "collectives/util/error.hpp"
#include "results/store/store.hpp"
#include "results/summaries/reduced_round.hpp"
#include "results/summaries/round_digest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <hdf5.h>
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

TEST_F(Verify, a_manifest_that_is_gone_is_missed)
{
    writer_->finish(true);
    const hid_t run = H5Fopen(file().c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    ASSERT_GE(H5Ldelete(run, "/manifest", H5P_DEFAULT), 0);
    ASSERT_GE(H5Fclose(run), 0);
    const auto found = verified().contradictions;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].where, "/manifest");
    EXPECT_EQ(found[0].recomputed, "empty or missing");
}

TEST_F(Verify, an_empty_group_that_was_added_is_named)
{
    writer_->finish(true);
    const hid_t run = H5Fopen(file().c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t added = H5Gcreate2(run, "/extra", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(added, 0);
    H5Gclose(added);
    ASSERT_GE(H5Fclose(run), 0);
    const auto found = verified().contradictions;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].where, "/extra");
}

TEST_F(Verify, scaling_rows_that_the_samples_do_not_make_are_named)
{
    writer_->finish(true);
    const VerifiedRun more = verify_run(file(), [](const RunData&) { return std::vector<ScalingRow>(2); });
    EXPECT_THAT(more.contradictions,
                Contains(Contradiction{.where = "/scaling", .field = "rows", .stored = "0", .recomputed = "2"}));
}

/// Of many samples, so that it has a digest; finished.
class VerifyDigests : public ::testing::Test {
protected:
    VerifyDigests()
    {
        std::string name = (fs::temp_directory_path() / "plumbline_verify_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        RunMetadata info;
        info.ranks = ranks;
        header_.what.pattern = "allreduce";
        header_.what.ranks = ranks;
        round_.seconds = {.samples = samples, .ranks = ranks, .values = {}};
        for (int i = 0; i < samples * ranks; ++i) {
            round_.seconds.values.push_back((1000 + i * 7919 % 997) / 1e9);
        }
        for (int rank = 0; rank < ranks; ++rank) {
            header_.world_ranks.push_back(rank);
        }
        round_.start_offset_s = round_.seconds;
        round_.clock_error_s = 1e-7;
        round_.warmup.assign(samples, 0);
        round_.batch.assign(samples, 1);
        const auto writer = RunWriter::create(file(), info, IfExists::refuse);
        writer->store(header_, round_);
        writer->finish(true);
    }
    ~VerifyDigests() override
    {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    fs::path file() const { return folder_ / "run.h5"; }
    /// All values of a dataset of the round become this one.
    void alter(const std::string& dataset, double value) const
    {
        const hid_t run = H5Fopen(file().c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
        const hid_t opened = H5Dopen2(run, ("/cases/000000/rounds/0/" + dataset).c_str(), H5P_DEFAULT);
        const std::vector<double> values(static_cast<std::size_t>(samples * ranks), value);
        EXPECT_GE(H5Dwrite(opened, H5T_NATIVE_DOUBLE, 0, 0, H5P_DEFAULT, values.data()), 0);
        H5Dclose(opened);
        H5Fclose(run);
    }
    std::vector<Contradiction> contradictions() const
    {
        return verify_run(file(), [](const RunData&) { return std::vector<ScalingRow>{}; }).contradictions;
    }

    static constexpr int samples = 200;
    static constexpr int ranks = 200;
    fs::path folder_;
    CaseHeader header_;
    Round round_;
};

TEST_F(VerifyDigests, stand_for_samples_where_a_file_is_judged_or_diagnosed)
{
    EXPECT_EQ(contradictions(), std::vector<Contradiction>{});
    const RunFile run(file());
    const auto digests = run.digests(0);
    ASSERT_TRUE(digests);
    EXPECT_EQ(digests->front(), digest_of(header_.what, round_));
    EXPECT_EQ(run.load(0).rounds.front(), round_);
    EXPECT_EQ(run.load_reduced(0).rounds.front(), reduced(round_));
    EXPECT_EQ(run.load_reduced(0).header.world_ranks, header_.world_ranks);
}

TEST_F(VerifyDigests, that_were_altered_are_refused_by_readers)
{
    alter("digest/slowest_s", 1.0);
    EXPECT_THAT([&] { const RunFile run(file()); },
                ::testing::ThrowsMessage<ConfigError>(HasSubstr("contradicts itself")));
    EXPECT_THAT(contradictions(), Contains(Field(&Contradiction::field, "digest")));
}

TEST_F(VerifyDigests, that_no_number_of_the_summary_shows_are_vouched_for_by_their_hash)
{
    alter("digest/excesses/arrives_late/middles_s", 1.0);
    EXPECT_THAT([&] { const RunFile run(file()); },
                ::testing::ThrowsMessage<ConfigError>(HasSubstr("digest/excesses/arrives_late/middles_s, sha256")));
    EXPECT_THAT(contradictions(), Contains(Field(&Contradiction::where, "case 0, round 0")));
}

TEST_F(VerifyDigests, of_samples_that_were_altered_are_told_by_verify)
{
    alter("samples", 5.0);
    EXPECT_EQ(RunFile(file()).cases().front().samples, 200U);  // by the digest, which is what was measured
    const auto found = contradictions();
    EXPECT_THAT(found, Contains(Field(&Contradiction::field, "digest")));
    EXPECT_THAT(found, Contains(Field(&Contradiction::where, "/cases/000000/rounds/0/samples")));
}

}  // namespace
}  // namespace plumbline
