// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::import {

/// What launchers, collectors of logs and shells put before each line. Known are the forms of the common ones; any
/// other is learned from the lines of the log itself that a suite begins in one way, such as "# OSU ".
class LinePrefixes {
public:
    /// Learns from a line, without colours and wrappings, what stands before a suite's own words. Of a number only that
    /// it is one is learned, so "12: " and "13: " are one prefix.
    void learn(std::string_view line);
    /// The line without what stands before it, and the first moment that it named, where `unix_s` has none.
    std::string_view take_off(std::string_view line, std::optional<double>& unix_s) const;

private:
    struct Learned {
        std::string shape;  ///< digits as one '0', blanks as one ' '
        int seen = 0;
    };
    std::vector<Learned> learned_;
};

/// Whether the line, without its prefix, is one that a suite begins and no other program. What follows one of another
/// suite is no row of the table above it, whatever it looks like.
bool is_of_a_suite(std::string_view line);

/// Where a word that LinePrefixes learns from may stand in the log: the first place from `from` on, or npos.
std::size_t next_mark(std::string_view log, std::size_t from);

/// "2026-01-31 12:00:00.5+08:00" or with a T or a Z -> seconds since 1970; nothing for what is no date.
std::optional<double> parse_date(std::string_view text);
/// "Mon Oct 15 15:04:29 2018", also with a zone before the year, which is not looked at; nothing for what is no date.
std::optional<double> parse_c_date(std::string_view text);

}  // namespace plumbline::import
