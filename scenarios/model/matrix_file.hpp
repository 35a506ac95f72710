// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace plumbline {

/// A square table of sizes, row = sender, as n * n numbers of bytes: one row a line, entries parted by blanks or
/// commas, empty lines and what follows '#' ignored. Throws ConfigError for a table that isn't square (naming row,
/// expected and found counts), an entry that isn't a size, and sums beyond 2^63 - 1 bytes. `path` is for messages.
std::vector<std::uint64_t> parse_matrix(const std::string& text, const std::filesystem::path& path);

/// S of an alltoallv with this table: the most bytes that any rank sends or receives.
std::uint64_t bottleneck_bytes(const std::vector<std::uint64_t>& table, int ranks);

/// Ranks that a table is for.
int matrix_ranks(const std::vector<std::uint64_t>& table);

/// FNV-1a (64 bits) of the table's numbers, least significant byte first, as 16 hexadecimal digits.
std::string matrix_hash(const std::vector<std::uint64_t>& table);

}  // namespace plumbline
