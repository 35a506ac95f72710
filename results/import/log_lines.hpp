// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
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

/// Calls `use` for each line of up to 4,096 characters. UTF-8 and UTF-16, with or without a byte order mark, and JSON
/// lines of collectors (Docker's, those of journals) are read as the text that they carry. Memory: that of one line,
/// but for UTF-16.
void for_each_line(std::string_view log, const std::function<void(const Line&)>& use);

/// The log as UTF-8 without a byte order mark, whatever it was; `buffer` holds what is new.
std::string_view in_utf8(std::string_view log, std::string& buffer);

/// Whether the log is JSON lines of a collector, each of which carries a line of text.
bool is_wrapped(std::string_view log);

bool starts_with_words(const Line& line, std::initializer_list<std::string_view> words);
/// The word after `title`; empty where there is none.
std::string_view word_after(const Line& line, std::string_view title);

}  // namespace plumbline::import
