// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace plumbline {

/// A folder with files in the places of /proc, /sys and /etc, gone with the test.
class PlantedTree : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline_tree_XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        root_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(root_); }
    void write(const std::string& path, const std::string& text) const
    {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    /// `path` leads to `target`, both below the root.
    void link(const std::string& path, const std::string& target) const
    {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::filesystem::create_symlink(root_ / target, root_ / path);
    }
    std::filesystem::path root_;
};

}  // namespace plumbline
