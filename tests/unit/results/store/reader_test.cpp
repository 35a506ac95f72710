// SPDX-License-Identifier: Apache-2.0
#include "results/store/reader.hpp"

#include "collectives/util/error.hpp"
#include "results/store/store.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/summarize.hpp"
#include "results/summaries/workload_summary.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/stored_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

namespace fs = std::filesystem;
using test::config_error;
using test::header;
using test::open_error;
using test::pipeline_header;
using test::pipeline_round;
using test::read_bytes;
using test::round_of;
using test::whole_info;
using test::write_bytes;
using ::testing::HasSubstr;

class StoreReader : public test::StoreFolder {};

TEST_F(StoreReader, lists_cases_without_their_parts_and_names_the_part_that_is_missing)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(3), round_of(0));
    fs::remove_all(parts());
    const RunFile run(file());
    EXPECT_EQ(run.cases().at(0).samples, 9U);
    const auto message = config_error([&] { run.load(3); });
    EXPECT_THAT(message, HasSubstr("run.h5.parts/000003-0.h5"));
    EXPECT_THAT(message, HasSubstr("Keep the folder 'run.h5.parts' beside the file"));
    EXPECT_THAT(config_error([&] { RunWriter::resume(file()); }), HasSubstr("000003-0.h5"));
}

TEST_F(StoreReader, names_a_part_that_is_damaged)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(3), round_of(0));
    const fs::path part = parts() / "000003-0.h5";
    write_bytes(part, read_bytes(part).substr(0, 600));
    const RunFile run(file());
    EXPECT_THAT(config_error([&] { run.load(3); }), HasSubstr("cannot read 'run.h5.parts/000003-0.h5'"));
}

TEST_F(StoreReader, answers_bad_files_with_one_sentence_that_names_the_file)
{
    RunWriter::create(file("good.h5"), whole_info(), IfExists::refuse)->store(header(0), round_of(0));
    RunMetadata newer = whole_info();
    newer.schema = 3;
    RunWriter::create(file("newer.h5"), newer, IfExists::refuse);
    write_bytes(file("empty.h5"), "");
    write_bytes(file("text.h5"), "id,pattern\n0,allreduce\n");
    fs::copy(parts("good.h5") / "000000-0.h5", file("foreign.h5"));
    const std::string good = read_bytes(file("good.h5"));
    write_bytes(file("cut.h5"), good.substr(0, good.size() - 1));
    const struct {
        fs::path path;
        const char* says;
    } rows[] = {{file("missing.h5"), "No such file or directory"},
                {folder_, "it is not a file"},
                {file("empty.h5"), "it is not HDF5"},
                {file("text.h5"), "it is not HDF5"},
                {file("foreign.h5"), "without the attribute plumbline_schema"},
                {file("newer.h5"), "has schema 3"},
                {file("cut.h5"), "bytes are there"}};
    for (const auto& row : rows) {
        const auto message = open_error(row.path);
        EXPECT_THAT(message, HasSubstr(row.says));
        EXPECT_THAT(message, HasSubstr(row.path.string()));
    }
}

TEST_F(StoreReader, refuses_a_file_cut_at_any_length)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(header(0), round_of(0));
    writer->finish(true);
    const std::string whole = read_bytes(file());
    for (std::size_t length = 0; length < whole.size(); length += 97) {
        write_bytes(file("cut.h5"), whole.substr(0, length));
        EXPECT_NE(open_error(file("cut.h5")), "") << length << " of " << whole.size() << " bytes";
    }
}

TEST_F(StoreReader, has_no_case_that_is_not_in_it)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(0), round_of(0));
    EXPECT_THAT(config_error([&] { RunFile(file()).load(9); }), HasSubstr("has no case 9"));
}

/// Opens and reads copies of `whole` that differ from it in one byte: 0 when some were read and some refused.
int read_with_changed_bytes(const fs::path& copy, const std::string& whole)
{
    constexpr std::size_t stride = 199;
    std::size_t opened = 0;
    std::size_t refused = 0;
    for (std::size_t at = 0; at < whole.size(); at += stride) {
        std::string changed = whole;
        changed[at] = static_cast<char>(~changed[at]);
        write_bytes(copy, changed);
        const auto message = config_error([&] {
            const RunFile run(copy);
            for (const auto& row : run.cases()) {
                run.load(row.header.id);
                run.measured().bubble_observations(row.header.id);
            }
        });
        (message.empty() ? opened : refused) += 1;
    }
    return opened > 0 && refused > 0 ? 0 : 1;
}

TEST_F(StoreReader, survives_any_changed_byte)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(pipeline_header(0), pipeline_round(0));
    writer->finish(true);
    const std::string whole = read_bytes(file());
    // Without exit handlers: HDF5 itself leaks a little on damaged metadata, which is not what is tested.
    const int status = test::in_child([&]() -> int { ::_exit(read_with_changed_bytes(file("changed.h5"), whole)); });
    ASSERT_TRUE(WIFEXITED(status)) << "ended by a signal";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace plumbline
