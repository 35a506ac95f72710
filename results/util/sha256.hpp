// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace plumbline {

/// SHA-256 (FIPS 180-4) of what is added piece by piece, as 64 lower-case hexadecimal digits. It vouches for content,
/// and proves nothing about who wrote it.
class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();
    void add(std::string_view bytes);
    void add(std::span<const std::byte> bytes);
    /// Once; nothing is added after it.
    std::string finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

namespace report {

std::string sha256(std::string_view data);
/// The same of a file's content, read in pieces. Throws ConfigError when it can't be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace report
}  // namespace plumbline
