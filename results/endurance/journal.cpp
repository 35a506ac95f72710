// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/journal.hpp"

#include "collectives/util/error.hpp"
#include "results/util/sha256.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace plumbline {

namespace {

constexpr std::size_t check_digits = 16;

std::string escaped(std::string_view raw)
{
    std::string text;
    for (const char c : raw) {
        switch (c) {
            case '\\':
                text += "\\\\";
                break;
            case '\t':
                text += "\\t";
                break;
            case '\n':
                text += "\\n";
                break;
            default:
                text += c;
        }
    }
    return text;
}

std::string unescaped(std::string_view text)
{
    std::string raw;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            raw += text[i];
            continue;
        }
        const char next = text[++i];
        raw += next == 't' ? '\t' : next == 'n' ? '\n' : next;
    }
    return raw;
}

std::vector<std::string_view> cells_of(std::string_view line)
{
    std::vector<std::string_view> cells;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find('\t', begin), line.size());
        cells.push_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    return cells;
}

std::string check_of(std::string_view before, std::string_view body)
{
    return report::sha256(std::string(before) + "\n" + std::string(body)).substr(0, check_digits);
}

template <class Number>
std::optional<Number> parsed(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// A line as it stands, whatever came before it.
struct Line {
    std::string_view check;
    std::string_view body;  ///< number, time, kind, fields
};

std::optional<Line> split(std::string_view text)
{
    if (text.size() <= check_digits || text[check_digits] != '\t') {
        return std::nullopt;
    }
    return Line{text.substr(0, check_digits), text.substr(check_digits + 1)};
}

std::optional<JournalRecord> record_of(std::string_view body, std::uint64_t number)
{
    const auto cells = cells_of(body);
    if (cells.size() < 3 || parsed<std::uint64_t>(cells[0]) != number) {
        return std::nullopt;
    }
    const auto unix_s = parsed<double>(cells[1]);
    if (!unix_s || !std::isfinite(*unix_s) || cells[2].empty()) {
        return std::nullopt;
    }
    JournalRecord record{.unix_s = *unix_s, .kind = std::string(cells[2]), .fields = {}};
    for (std::size_t i = 3; i < cells.size(); ++i) {
        const std::size_t equals = cells[i].find('=');
        if (equals == std::string_view::npos) {
            return std::nullopt;
        }
        record.fields[std::string(cells[i].substr(0, equals))] = unescaped(cells[i].substr(equals + 1));
    }
    return record;
}

/// Whether some line of `text`, after its first, is whole as far as it and the line before it tell.
bool has_whole_line_after_first(std::string_view text)
{
    std::string_view before;
    bool first = true;
    while (true) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            return false;
        }
        const auto line = split(text.substr(0, end));
        if (!first && line && line->check == check_of(before, line->body)) {
            return true;
        }
        before = line ? line->check : std::string_view();
        first = false;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::string JournalRecord::text(std::string_view key) const
{
    const auto found = fields.find(std::string(key));
    return found == fields.end() ? "" : found->second;
}

double JournalRecord::number(std::string_view key, double otherwise) const
{
    const auto value = parsed<double>(text(key));
    return value && std::isfinite(*value) ? *value : otherwise;
}

std::uint64_t JournalRecord::count(std::string_view key) const
{
    return parsed<std::uint64_t>(text(key)).value_or(0);
}

int JournalRecord::integer(std::string_view key) const
{
    return parsed<int>(text(key)).value_or(0);
}

std::string journal_line(const JournalRecord& record, JournalEnd& end)
{
    std::string body = fmt::format("{}\t{:.6f}\t{}", end.lines + 1, record.unix_s, record.kind);
    for (const auto& [key, value] : record.fields) {
        body += fmt::format("\t{}={}", key, escaped(value));
    }
    end.check = check_of(end.check, body);
    ++end.lines;
    return end.check + "\t" + body + "\n";
}

JournalExtent scan_journal(std::string_view text, const std::string& origin,
                           const std::function<void(const JournalRecord&)>& visit)
{
    JournalExtent journal;
    while (journal.whole_bytes < text.size()) {
        const std::string_view rest = text.substr(journal.whole_bytes);
        const std::size_t end = rest.find('\n');
        const auto line = split(rest.substr(0, std::min(end, rest.size())));
        const bool whole =
            end != std::string_view::npos && line && line->check == check_of(journal.end.check, line->body);
        const auto record = whole ? record_of(line->body, journal.end.lines + 1) : std::nullopt;
        if (!record) {
            if (has_whole_line_after_first(rest)) {
                throw ConfigError(
                    say("{}:{}: the line is not what was written (its checksum is another, and lines follow "
                        "it). Restore the file from a copy",
                        origin, journal.end.lines + 1));
            }
            journal.torn_bytes = rest.size();
            break;
        }
        visit(*record);
        journal.end = {.lines = journal.end.lines + 1, .check = std::string(line->check)};
        journal.whole_bytes += end + 1;
    }
    return journal;
}

Journal read_journal(std::string_view text, const std::string& origin)
{
    Journal journal;
    const JournalExtent extent =
        scan_journal(text, origin, [&](const JournalRecord& record) { journal.records.push_back(record); });
    journal.end = extent.end;
    journal.whole_bytes = extent.whole_bytes;
    journal.torn_bytes = extent.torn_bytes;
    return journal;
}

}  // namespace plumbline
