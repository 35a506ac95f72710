// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// One line of a soak's journal: what happened, when, and its particulars.
struct JournalRecord {
    double unix_s = 0;
    std::string kind;                           ///< a word
    std::map<std::string, std::string> fields;  ///< keys are words, values any text

    /// "" where there is no such field.
    std::string text(std::string_view key) const;
    /// `otherwise` where there is no such field, or it is no number.
    double number(std::string_view key, double otherwise = 0) const;
    std::uint64_t count(std::string_view key) const;
    /// A count of ranks, nodes or tries; 0 where it is none, or no such number can be.
    int integer(std::string_view key) const;
    bool operator==(const JournalRecord&) const = default;
};

/// What has been written last, which the next line goes on from.
struct JournalEnd {
    std::uint64_t lines = 0;
    std::string check;  ///< of the last line; "" before the first
    bool operator==(const JournalEnd&) const = default;
};

/// `record` as the next line, with its number and a checksum that takes in the line before it; moves `end` on. Pure.
std::string journal_line(const JournalRecord& record, JournalEnd& end);

struct Journal {
    std::vector<JournalRecord> records;
    JournalEnd end;
    std::size_t whole_bytes = 0;  ///< of the text, up to the end of the last whole line
    std::size_t torn_bytes = 0;   ///< behind them: a line that the end of the writer or of the power cut off
};

/// How far the whole lines of a text go.
struct JournalExtent {
    JournalEnd end;
    std::size_t whole_bytes = 0;  ///< up to the end of the last whole line
    std::size_t torn_bytes = 0;   ///< behind them, see read_journal()
};

/// The same as read_journal(), a record at a time.
JournalExtent scan_journal(std::string_view text, const std::string& origin,
                           const std::function<void(const JournalRecord&)>& visit);

/// Reads all whole lines. A line cut off at any byte, or garbage behind the last whole one, is a torn tail; a line that
/// is wrong and has whole ones after it is damage. Throws ConfigError for that, naming `origin` and the line.
Journal read_journal(std::string_view text, const std::string& origin);

}  // namespace plumbline
