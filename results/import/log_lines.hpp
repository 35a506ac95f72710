// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

namespace plumbline::import {

/// A line without what launchers and collectors of logs put before it (tags of mpirun, srun, Hydra and prterun, names
/// of pods and containers, time stamps) and without colours, in words. Its views end with the call that it is given to.
struct Line {
    std::size_t number = 0;  ///< from 1
    std::string_view text;
    std::vector<std::string_view> words;
    /// The log ends here without a newline: the line may be cut short.
    bool last_without_end = false;
    /// From a time stamp before the line, as seconds since 1970 (UTC where it names no zone).
    std::optional<double> unix_s;
};

/// Calls `use` for each line of up to 4,096 characters. UTF-8 with or without a byte order mark, UTF-16 with one, and
/// Docker's JSON lines are read as the text that they carry. Memory: that of one line, but for UTF-16.
void for_each_line(std::string_view log, const std::function<void(const Line&)>& use);

bool starts_with_words(const Line& line, std::initializer_list<std::string_view> words);
/// The word after `title`; empty where there is none.
std::string_view word_after(const Line& line, std::string_view title);

/// A command that starts a test, as a shell or a script shows it: "+ mpirun -np 8 ./all_reduce_perf -g 1".
struct Command {
    std::string_view program;  ///< without folders: "all_reduce_perf"
    std::size_t word = 0;      ///< its place in the line
    std::optional<int> ranks;  ///< what a launcher before it was told: -n, -np, -c, --ntasks
};
/// The first word of the line whose name, without folders, contains `mark` ("_perf"), where the line is a command that
/// runs it: what compiles, links or copies a program doesn't.
std::optional<Command> command_in(const Line& line, std::string_view mark);

/// The value of an option of a command line, "-d fp16", "-dfp16", "--datatype fp16" or "--datatype=fp16", after word
/// `program`; empty where it isn't given.
std::string_view option_after(const Line& line, std::size_t program, std::string_view short_name,
                              std::string_view long_name);

/// "2026-01-31 12:00:00.5+08:00" or with a T or a Z -> seconds since 1970; nothing for what is no date.
std::optional<double> parse_date(std::string_view text);
/// "Mon Oct 15 15:04:29 2018", also with a zone before the year, which is not looked at; nothing for what is no date.
std::optional<double> parse_c_date(std::string_view text);

}  // namespace plumbline::import
