// SPDX-License-Identifier: Apache-2.0
#include "results/store/soak_file.hpp"

#include "collectives/util/error.hpp"
#include "results/endurance/journal.hpp"
#include "results/endurance/soak.hpp"
#include "results/records/codec.hpp"
#include "results/store/verify.hpp"
#include "tests/support/stored_run.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace plumbline {
namespace {

std::vector<ScalingRow> no_scaling(const RunData&)
{
    return {};
}

CaseHeader swept_header()
{
    CaseHeader header;
    header.what.pattern = "allreduce";
    header.what.bytes = 1'000'000;
    header.what.ranks = 4;
    header.what.nodes = 2;
    header.total_bytes = 1'000'000;
    header.bus_factor = 1.5;
    return header;
}

std::vector<JournalRecord> soak_records(const std::string& id)
{
    SoakSettings settings;
    settings.name = "month";
    settings.id = id;
    settings.planned_s = 100;
    const std::string header = header_json_text(swept_header());
    return {begin_record(settings, "0.1.0", 1000),
            {.unix_s = 1001, .kind = "segment", .fields = {}},
            {.unix_s = 1002,
             .kind = "connected",
             .fields = {{"ranks", "4"}, {"nodes", "2"}, {"hosts", "n1 n2"}, {"backend", "gloo"}}},
            {.unix_s = 1003, .kind = "loaded", .fields = {{"step", "0"}}},
            {.unix_s = 1004, .kind = "stepped", .fields = {{"step", "1"}}},
            {.unix_s = 1005, .kind = "sweep", .fields = {{"what", "a"}, {"bytes_per_s", "1e9"}, {"case", header}}},
            {.unix_s = 1006, .kind = "sweep", .fields = {{"what", "a"}, {"bytes_per_s", "3e9"}}},
            {.unix_s = 1007, .kind = "sweep", .fields = {{"what", "a"}, {"bytes_per_s", "5e9"}}},
            {.unix_s = 1008, .kind = "sweep", .fields = {{"what", "of a journal from before"}, {"bytes_per_s", "1e9"}}},
            {.unix_s = 1010, .kind = "declared", .fields = {{"cause", "rank_died"}, {"step", "9"}, {"rank", "3"}}},
            {.unix_s = 1020, .kind = "isolated", .fields = {}}};
}

std::string lines_of(const std::vector<JournalRecord>& records)
{
    JournalEnd end;
    std::string text;
    for (const JournalRecord& record : records) {
        text += journal_line(record, end);
    }
    return text;
}

class SoakFile : public test::StoreFolder {
protected:
    std::filesystem::path path_ = file("soak.h5");
};

TEST_F(SoakFile, says_what_the_journal_says_and_holds_against_it)
{
    const std::string text = lines_of(soak_records("one"));
    write_soak_file(path_, text + "half a line", {.scaling = no_scaling});
    const RunFile read(path_);
    ASSERT_NE(read.soak(), nullptr);
    EXPECT_EQ(read.soak_journal(), text);
    EXPECT_EQ(read.soak()->events.size(), 1U);
    EXPECT_EQ(read.soak()->settings.name, "month");
    EXPECT_EQ(read.info().ranks, 4);
    EXPECT_EQ(read.info().hosts, (std::vector<std::string>{"n1", "n2"}));
    EXPECT_EQ(read.info().backend, "gloo");
    EXPECT_EQ(read.info().launches.size(), 1U);
    ASSERT_EQ(read.measured().soak, read.soak());
    const VerifiedRun verified = verify_run(path_, no_scaling);
    EXPECT_TRUE(verified.holds());
}

TEST_F(SoakFile, has_each_swept_collective_as_a_case_of_the_median_of_its_sweeps)
{
    write_soak_file(path_, lines_of(soak_records("one")), {.scaling = no_scaling});
    const RunFile read(path_);
    ASSERT_EQ(read.cases().size(), 1U);  // the one that the journal tells whole
    EXPECT_EQ(read.cases().front().header.what, swept_header().what);
    // 3 GB/s of busbw: 1 MB * 1.5 / 3e9
    EXPECT_DOUBLE_EQ(read.cases().front().header.reported.value().time_s, 0.5e-3);
    EXPECT_FALSE(read.cases().front().median_s);  // no samples, no interval
}

TEST_F(SoakFile, replaces_that_of_the_same_soak_alone)
{
    auto records = soak_records("one");
    write_soak_file(path_, lines_of(records), {.scaling = no_scaling});
    records.push_back({.unix_s = 1030, .kind = "end", .fields = {{"gave_up", "true"}, {"why", "enough"}}});
    write_soak_file(path_, lines_of(records), {.scaling = no_scaling});
    EXPECT_TRUE(RunFile(path_).soak()->end->gave_up);
    EXPECT_THROW(write_soak_file(path_, lines_of(soak_records("two")), {.scaling = no_scaling}), ConfigError);
    std::ofstream(path_) << "mine";
    EXPECT_THROW(write_soak_file(path_, lines_of(records), {.scaling = no_scaling}), ConfigError);
}

TEST_F(SoakFile, of_a_fake_library_is_marked_as_such)
{
    auto records = soak_records("one");
    records[2].fields["fake_library"] = "true";
    write_soak_file(path_, lines_of(records), {.scaling = no_scaling});
    EXPECT_TRUE(RunFile(path_).measured().fake_library);
}

}  // namespace
}  // namespace plumbline
