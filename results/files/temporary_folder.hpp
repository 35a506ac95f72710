// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"

#include <filesystem>
#include <string>

namespace plumbline::files {

/// A new, empty folder where temporary files go (TMPDIR), which only this user can open; gone with all that is in it.
class TemporaryFolder {
public:
    /// `kind`: a word in its name, plumbline-KIND-...; `use`: what it is for, in the sentence of the error. Throws
    /// ConfigError.
    TemporaryFolder(const std::string& kind, const Sentence& use);
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace plumbline::files
