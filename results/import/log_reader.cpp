#include "results/import/log_reader.hpp"

#include "collectives/operations/traffic.hpp"
#include "collectives/util/error.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace plumbline::import {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";
/// Longer lines belong to no table.
constexpr std::size_t longest_line = 4096;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Length of the prefix of `text` that consists of digits and `others`.
std::size_t run_of(std::string_view text, std::string_view others)
{
    std::size_t length = 0;
    while (length < text.size() && (is_digit(text[length]) || others.find(text[length]) != std::string_view::npos)) {
        ++length;
    }
    return length;
}

/// "[1,0]<stdout>:" of mpirun --tag-output.
std::size_t mpirun_tag(std::string_view text)
{
    if (!text.starts_with('[')) {
        return 0;
    }
    const std::size_t close = text.find(">:");
    const std::size_t bracket = 1 + run_of(text.substr(1), ",");
    return close != std::string_view::npos && bracket < text.size() && text.substr(bracket).starts_with("]<std")
               ? close + 2
               : 0;
}

/// "3: " of srun --label.
std::size_t srun_label(std::string_view text)
{
    const std::size_t digits = run_of(text, "");
    return digits > 0 && text.substr(digits).starts_with(": ") ? digits + 2 : 0;
}

/// "2026-01-31 12:00:00.123 " or with a T and a zone, in brackets or not.
std::size_t time_stamp(std::string_view text)
{
    const std::size_t open = text.starts_with('[') ? 1 : 0;
    const std::string_view date = text.substr(open);
    const bool is_date = date.size() > 19 && run_of(date, "") == 4 && date[4] == '-' && date[7] == '-' &&
                         (date[10] == ' ' || date[10] == 'T') && date[13] == ':' && date[16] == ':';
    if (!is_date) {
        return 0;
    }
    std::size_t end = 11 + run_of(date.substr(11), ":.,Z+-");
    if (open == 1) {
        if (end >= date.size() || date[end] != ']') {
            return 0;
        }
        ++end;
    }
    return open + end;
}

std::string_view without_prefixes(std::string_view text)
{
    for (bool found = true; found;) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        const std::size_t length = std::max({mpirun_tag(text), srun_label(text), time_stamp(text)});
        text.remove_prefix(length);
        found = length > 0;
    }
    return text;
}

std::vector<std::string_view> split(std::string_view text)
{
    std::vector<std::string_view> words;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        if (text.empty()) {
            return words;
        }
        const std::size_t end = std::min(text.find_first_of(blanks), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

}  // namespace

std::vector<Line> lines_of(std::string_view log)
{
    std::vector<Line> lines;
    for (std::size_t line_number = 1; !log.empty(); ++line_number) {
        const std::size_t end = log.find('\n');
        const bool ended = end != std::string_view::npos;
        std::string_view text = log.substr(0, ended ? end : log.size());
        log.remove_prefix(ended ? end + 1 : log.size());
        if (text.size() <= longest_line) {
            text = without_prefixes(text);
            lines.push_back({.number = line_number, .text = text, .words = split(text), .last_without_end = !ended});
        }
    }
    return lines;
}

std::optional<double> number(std::string_view word)
{
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = error == std::errc{} && end == word.data() + word.size();
    return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<std::uint64_t> count(std::string_view word)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = error == std::errc{} && end == word.data() + word.size();
    return whole && value < std::uint64_t{1} << 62U ? std::optional(value) : std::nullopt;
}

bool starts_with_words(const Line& line, std::initializer_list<std::string_view> words)
{
    return line.words.size() >= words.size() && std::equal(words.begin(), words.end(), line.words.begin());
}

CaseHeader header_of(Collective collective, std::uint64_t bytes, DataType dtype, int ranks, int nodes)
{
    CaseHeader header;
    header.what.pattern = name(collective);
    header.what.bytes = bytes;
    header.what.dtype = dtype;
    header.what.ranks = ranks;
    header.what.nodes = nodes;
    header.total_bytes = bytes;
    header.bus_factor = busbw_factor(collective, ranks);
    header.verification_note = "the log doesn't say";
    return header;
}

void Collector::add(CaseHeader header)
{
    const auto seen = [&](const CaseHeader& other) { return other.what == header.what; };
    for (int repeat = 2; std::any_of(cases_.begin(), cases_.end(), seen); ++repeat) {
        header.what.parameters["repeat"] = std::to_string(repeat);
    }
    header.id = static_cast<int>(cases_.size());
    cases_.push_back(std::move(header));
}

void Collector::warn(std::size_t line, const std::string& what)
{
    constexpr std::size_t most = 20;
    if (warnings_.size() < most) {
        warnings_.push_back(fmt::format("line {}: {}", line, text::printable(what)));
    } else {
        ++more_warnings_;
    }
}

ImportedLog Collector::finish(LogFormat format) &&
{
    if (cases_.empty()) {
        throw ConfigError(fmt::format("no result of {} in the log{} (its tables were not found). Check --from",
                                      name(format), warnings_.empty() ? "" : ": " + warnings_.front()));
    }
    ImportedLog log;
    log.cases = std::move(cases_);
    int ranks = 0;
    std::size_t nodes = 0;
    for (const CaseHeader& header : log.cases) {
        ranks = std::max(ranks, header.what.ranks);
        nodes = std::max(nodes, static_cast<std::size_t>(header.what.nodes));
    }
    RunMetadata& info = log.info;
    info.ranks = ranks;
    info.planned_cases = static_cast<int>(log.cases.size());
    info.backend = fmt::format("imported from {}", name(format));
    info.clock = "not said by the log";
    info.synchronisation = "not said by the log";
    info.facts = std::move(facts_);
    info.facts.emplace(info.facts.begin(), "imported_from", name(format));
    info.warnings = std::move(warnings_);
    if (more_warnings_ > 0) {
        info.warnings.push_back(fmt::format("{} more lines could not be read", more_warnings_));
    }
    info.hosts = std::move(hosts_);
    return log;
}

}  // namespace plumbline::import
