// SPDX-License-Identifier: Apache-2.0
#include "scenarios/model/matrix_file.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace plumbline {

namespace {

constexpr std::string_view separators = " \t\r,";

std::vector<std::string_view> words_of(std::string_view line)
{
    line = line.substr(0, line.find('#'));
    std::vector<std::string_view> words;
    for (std::size_t start = line.find_first_not_of(separators); start != std::string_view::npos;
         start = line.find_first_not_of(separators, start)) {
        const std::size_t end = std::min(line.find_first_of(separators, start), line.size());
        words.push_back(line.substr(start, end - start));
        start = end;
    }
    return words;
}

struct Row {
    int line = 0;
    std::vector<std::uint64_t> bytes;
};

Row read_row(const std::filesystem::path& path, int line, const std::vector<std::string_view>& words)
{
    Row row{.line = line, .bytes = {}};
    for (const std::string_view word : words) {
        const std::optional<std::uint64_t> bytes = parse_bytes(word);
        if (!bytes) {
            throw ConfigError(
                say("{}:{}: entry {} is '{}' (a size is a whole number of bytes below 2^63). "
                    "Write for example 65536 or 64KiB",
                    path.string(), line, row.bytes.size() + 1, word.substr(0, 40)));
        }
        row.bytes.push_back(*bytes);
    }
    return row;
}

std::vector<Row> read_rows(const std::string& text, const std::filesystem::path& path)
{
    std::istringstream in(text);
    std::vector<Row> rows;
    std::string written;
    for (int line = 1; std::getline(in, written); ++line) {
        const std::vector<std::string_view> words = words_of(written);
        if (!words.empty()) {
            rows.push_back(read_row(path, line, words));
        }
    }
    return rows;
}

/// Row and column sums must be sizes too.
void check_sums(const std::filesystem::path& path, const std::vector<std::uint64_t>& table, std::size_t ranks)
{
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < ranks; ++i) {
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        for (std::size_t j = 0; j < ranks; ++j) {
            sent = std::min(largest, sent) + table[i * ranks + j];
            received = std::min(largest, received) + table[j * ranks + i];
        }
        if (sent > largest || received > largest) {
            throw ConfigError(
                say("{}: rank {} sends or receives more than 2^63 - 1 bytes (they can't be "
                    "counted). Write smaller sizes",
                    path.string(), i));
        }
    }
}

}  // namespace

std::vector<std::uint64_t> parse_matrix(const std::string& text, const std::filesystem::path& path)
{
    const std::vector<Row> rows = read_rows(text, path);
    if (rows.empty()) {
        throw ConfigError(say("{}: has no rows (a table of sizes is wanted). Write one row a rank", path.string()));
    }
    std::vector<std::uint64_t> table;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].bytes.size() != rows.size()) {
            throw ConfigError(
                say("{}:{}: row {} has {} entries (a table of {} rows needs {} in each). "
                    "Write one row and one column a rank",
                    path.string(), rows[i].line, i + 1, rows[i].bytes.size(), rows.size(), rows.size()));
        }
        table.insert(table.end(), rows[i].bytes.begin(), rows[i].bytes.end());
    }
    check_sums(path, table, rows.size());
    if (bottleneck_bytes(table, matrix_ranks(table)) == 0) {
        throw ConfigError(
            say("{}: all sizes are 0 (there is nothing to move). Write at least one size", path.string()));
    }
    return table;
}

std::uint64_t bottleneck_bytes(const std::vector<std::uint64_t>& table, int ranks)
{
    const std::size_t n = static_cast<std::size_t>(ranks);
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < n; ++i) {
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        for (std::size_t j = 0; j < n; ++j) {
            sent += table[i * n + j];
            received += table[j * n + i];
        }
        most = std::max({most, sent, received});
    }
    return most;
}

int matrix_ranks(const std::vector<std::uint64_t>& table)
{
    return static_cast<int>(std::lround(std::sqrt(static_cast<double>(table.size()))));
}

std::string matrix_hash(const std::vector<std::uint64_t>& table)
{
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const std::uint64_t number : table) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            hash = (hash ^ ((number >> shift) & 0xffU)) * 0x100000001b3U;
        }
    }
    return fmt::format("{:016x}", hash);
}

}  // namespace plumbline
