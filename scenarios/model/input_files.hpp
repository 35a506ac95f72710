// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace plumbline {

/// Name, as written in the scenario -> what the file holds.
using FileTexts = std::map<std::string, std::string>;

/// The files that a scenario refers to: given, or else read from its folder.
class InputFiles {
public:
    explicit InputFiles(std::filesystem::path folder, FileTexts given = {})
        : folder_(std::move(folder)), texts_(std::move(given))
    {
    }

    /// Throws ConfigError for a file that can't be read.
    const std::string& text(const std::string& name);
    /// For messages.
    std::filesystem::path path(const std::string& name) const { return folder_ / name; }
    /// Given or read up to now.
    const FileTexts& texts() const { return texts_; }

private:
    std::filesystem::path folder_;
    FileTexts texts_;
};

}  // namespace plumbline
