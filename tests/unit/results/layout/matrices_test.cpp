// SPDX-License-Identifier: Apache-2.0
#include "results/layout/matrices.hpp"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace plumbline::layout {
namespace {

class Matrices : public ::testing::Test {
protected:
    Matrices()
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline_matrices_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        hdf5::silence();
    }
    ~Matrices() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// What is read of these times once they were written; `stored_as`: the dataset that they are in.
    SampleMatrix written_and_read(const SampleMatrix& times, const std::vector<std::uint32_t>& batch,
                                  std::string& stored_as) const
    {
        hdf5::NewFile file(folder_ / "x.h5");
        hdf5::Contents contents(file.id());
        write_times(contents, "/r/samples_s", times, batch, "times");
        contents.write_manifest();
        file.commit();
        const hdf5::Id read = hdf5::open_file(folder_ / "x.h5");
        EXPECT_TRUE(has_times(read.get(), "/r/samples_s"));
        stored_as = hdf5::links(hdf5::open_group(read.get(), "/r").get()).front();
        return read_times(read.get(), "/r/samples_s", batch);
    }

    std::filesystem::path folder_;
};

TEST_F(Matrices, times_come_back_to_the_last_bit_in_the_smallest_form_that_holds_them)
{
    const double ns = 1e9;
    const struct {
        const char* what;
        SampleMatrix times;
        std::vector<std::uint32_t> batch;
        const char* stored_as;
    } rows[] = {
        {"whole nanoseconds", {2, 2, {1 / ns, 24137 / ns, 0, 2147483647 / ns}}, {1, 1}, "samples"},
        {"of batches",
         {2, 2, {1001 / (7 * ns), 3 / (7 * ns), 10 / (4096 * ns), 11 / (4096 * ns)}},
         {7, 4096},
         "samples"},
        {"longer than two seconds", {1, 2, {2147483648 / ns, 3600e9 / ns}}, {1}, "samples"},
        {"the longest batch", {1, 1, {5 / (4294967295.0 * ns)}}, {4294967295U}, "samples"},
        {"of a virtual clock", {1, 2, {0.1 + 0.2, 1e-6 / 3}}, {1}, "samples_s"},
        {"one that is no count", {1, 2, {5 / ns, std::nextafter(5 / ns, 1)}}, {1}, "samples_s"},
        {"absent", {1, 1, {std::numeric_limits<double>::quiet_NaN()}}, {1}, "samples_s"},
        {"-0", {1, 1, {-0.0}}, {1}, "samples_s"},
        {"no samples", {0, 3, {}}, {}, "samples"},
    };
    for (const auto& row : rows) {
        std::string stored_as;
        const SampleMatrix read = written_and_read(row.times, row.batch, stored_as);
        EXPECT_EQ(stored_as, row.stored_as) << row.what;
        EXPECT_EQ(read.samples, row.times.samples) << row.what;
        EXPECT_EQ(read.ranks, row.times.ranks) << row.what;
        ASSERT_EQ(read.values.size(), row.times.values.size()) << row.what;
        for (std::size_t i = 0; i < read.values.size(); ++i) {
            EXPECT_EQ(std::signbit(read.values[i]), std::signbit(row.times.values[i])) << row.what;
            EXPECT_TRUE(read.values[i] == row.times.values[i] || std::isnan(row.times.values[i])) << row.what;
        }
    }
}

}  // namespace
}  // namespace plumbline::layout
