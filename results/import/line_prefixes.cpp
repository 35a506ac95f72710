// SPDX-License-Identifier: Apache-2.0
#include "results/import/line_prefixes.hpp"

#include "results/import/log_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace plumbline::import {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// How much of the start of `text` is digits and any of `others`.
std::size_t run_of(std::string_view text, std::string_view others)
{
    std::size_t length = 0;
    while (length < text.size() && (is_digit(text[length]) || others.find(text[length]) != std::string_view::npos)) {
        ++length;
    }
    return length;
}

/// "[1,0]<stdout>:" of mpirun --tag-output, "[prterun-host-1@1,0]<stdout>: " and "[1,0][host:17]<stdout>: " of Open
/// MPI 5.
std::size_t mpirun_tag(std::string_view text)
{
    constexpr std::size_t longest_tag = 256;
    if (!text.starts_with('[')) {
        return 0;
    }
    const std::size_t open = text.substr(0, longest_tag).find("]<std");
    const std::size_t close = open == std::string_view::npos ? open : text.find(">:", open);
    return close != std::string_view::npos && close < open + sizeof "]<stdout" ? close + 2 : 0;
}

/// "3: " of srun --label.
std::size_t srun_label(std::string_view text)
{
    const std::size_t digits = run_of(text, "");
    return digits > 0 && text.substr(digits).starts_with(": ") ? digits + 2 : 0;
}

/// "[3] " of Hydra's -prepend-rank, "[pod/name/container] " of kubectl logs --prefix.
std::size_t bracket_label(std::string_view text)
{
    if (!text.starts_with('[')) {
        return 0;
    }
    const std::size_t close = text.find(']');
    const bool is_label = close != std::string_view::npos && close > 1 && text.substr(close).starts_with("] ") &&
                          (run_of(text.substr(1, close - 1), "") == close - 1 || text.starts_with("[pod/"));
    return is_label ? close + 2 : 0;
}

/// "[default0]:", "[node1:3]:" of torchrun --tee.
std::size_t torchrun_label(std::string_view text)
{
    constexpr std::size_t longest_label = 256;
    if (!text.starts_with('[')) {
        return 0;
    }
    const std::size_t close = text.substr(0, longest_label).find(']');
    const bool is_label = close != std::string_view::npos && close > 1 && is_digit(text[close - 1]) &&
                          text.substr(close).starts_with("]:") &&
                          text.substr(0, close).find_first_of(" <@") == std::string_view::npos;
    return is_label ? close + 2 : 0;
}

/// "launcher-1  | " of docker compose logs.
std::size_t compose_label(std::string_view text)
{
    if (text.empty() || !is_letter(text.front())) {
        return 0;
    }
    std::size_t end = 0;
    while (end < text.size() &&
           (is_letter(text[end]) || is_digit(text[end]) || text[end] == '-' || text[end] == '_' || text[end] == '.')) {
        ++end;
    }
    const std::size_t bar = std::min(text.find_first_not_of(' ', end), text.size());
    return bar > end && text.substr(bar).starts_with("| ") ? bar + 2 : 0;
}

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

double unix_seconds(int year, unsigned month, unsigned day, double seconds_of_day)
{
    const std::chrono::sys_days days = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
    return static_cast<double>(days.time_since_epoch().count()) * 86400 + seconds_of_day;
}

/// A day of the calendar on which a log can have been written: from 1970 to 2199.
bool is_day(int year, int month, int day)
{
    const bool in_range = year >= 1970 && year < 2200 && month >= 1 && day >= 1;
    return in_range &&
           std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                       std::chrono::day(static_cast<unsigned>(day)))
               .ok();
}

/// Of two digits at `at`; -1 where they are none.
int two_digits(std::string_view text, std::size_t at)
{
    return at + 1 < text.size() && is_digit(text[at]) && is_digit(text[at + 1])
               ? 10 * (text[at] - '0') + (text[at + 1] - '0')
               : -1;
}

/// "12:00:00" at `at` as seconds; negative where it is none.
double seconds_of_day(std::string_view text, std::size_t at)
{
    const int hours = two_digits(text, at);
    const int minutes = two_digits(text, at + 3);
    const int seconds = two_digits(text, at + 6);
    const bool is_time = hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && seconds >= 0 && seconds <= 60 &&
                         text[at + 2] == ':' && text[at + 5] == ':';
    return is_time ? 3600.0 * hours + 60.0 * minutes + seconds : -1;
}

/// What stands before a line, and the moment that it names.
struct Prefix {
    std::size_t length = 0;
    std::optional<double> unix_s = {};  // NOLINT(readability-redundant-member-init)
};

/// "2026-01-31 12:00:00.123 " or with a T and a zone, in brackets or not.
Prefix time_stamp(std::string_view text)
{
    const std::size_t open = text.starts_with('[') ? 1 : 0;
    const std::string_view date = text.substr(open);
    const bool is_date = date.size() > 19 && run_of(date, "") == 4 && date[4] == '-' && date[7] == '-' &&
                         (date[10] == ' ' || date[10] == 'T') && date[13] == ':' && date[16] == ':';
    if (!is_date) {
        return {};
    }
    std::size_t end = 11 + run_of(date.substr(11), ":.,Z+-");
    const auto moment = parse_date(date.substr(0, end));
    if (open == 1) {
        if (end >= date.size() || date[end] != ']') {
            return {};
        }
        ++end;
    }
    return {.length = open + end, .unix_s = moment};
}

/// "Mon Oct 15 15:04:29 2018" of mpirun --timestamp-output, right before a tag.
Prefix c_time(std::string_view text)
{
    constexpr std::size_t length = sizeof "Mon Oct 15 15:04:29 2018" - 1;
    if (text.size() <= length || !is_letter(text[0]) || text[3] != ' ' || text[7] != ' ' || text[19] != ' ' ||
        run_of(text.substr(20), "") != 4) {
        return {};
    }
    const auto* const month = std::find(months.begin(), months.end(), text.substr(4, 3));
    const int day = text[8] == ' ' && is_digit(text[9]) ? text[9] - '0' : two_digits(text, 8);
    const double seconds = seconds_of_day(text, 11);
    const int year = static_cast<int>(count(text.substr(20, 4)).value_or(1970));
    if (month == months.end() || !is_day(year, static_cast<int>(month - months.begin()) + 1, day) || seconds < 0) {
        return {};
    }
    return {.length = length,
            .unix_s = unix_seconds(year, static_cast<unsigned>(month - months.begin()) + 1, static_cast<unsigned>(day),
                                   seconds)};
}

/// "1793606400.123456 " of ts %.s: seconds since 1970, by their ten digits and a fraction, which no table begins with.
Prefix epoch_stamp(std::string_view text)
{
    constexpr std::size_t digits = 10;
    const std::size_t whole = run_of(text, "");
    if (whole != digits || text.front() == '0' || text.substr(whole, 1) != ".") {
        return {};
    }
    const std::size_t fraction = run_of(text.substr(whole + 1), "");
    const std::size_t length = whole + 1 + fraction;
    if (fraction < 3 || text.substr(length, 1) != " ") {
        return {};
    }
    return {.length = length, .unix_s = number(text.substr(0, length))};
}

std::string_view without_known(std::string_view text, std::optional<double>& unix_s)
{
    for (bool found = true; found;) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        const Prefix stamp = std::max({time_stamp(text), c_time(text), epoch_stamp(text)},
                                      [](const Prefix& a, const Prefix& b) { return a.length < b.length; });
        const std::size_t length = std::max({mpirun_tag(text), srun_label(text), bracket_label(text),
                                             torchrun_label(text), compose_label(text), stamp.length});
        if (!unix_s) {
            unix_s = stamp.unix_s;
        }
        text.remove_prefix(length);
        found = length > 0;
    }
    return text;
}

/// How suites begin a line that no other program does.
constexpr std::array<std::string_view, 13> marks{"# nccl-tests version ",
                                                 "# Collective test starting:",
                                                 "# nThread ",
                                                 "# Using devices",
                                                 "#  Rank ",
                                                 "#   Rank ",
                                                 "# OSU ",
                                                 "# Datatype: ",
                                                 "# Benchmarking ",
                                                 "# #processes = ",
                                                 "#-----",
                                                 "#bytes     #it",
                                                 "#bytes #iterations"};
/// Those without a "#".
constexpr std::array<std::string_view, 3> bare_marks{"data_size", "the minbytes is",
                                                     "The average bandwidth of all_reduce"};

/// Digits as one '0', blanks as one ' '.
std::string shape_of(std::string_view text)
{
    std::string shape;
    for (const char c : text) {
        const char kind = is_digit(c) ? '0' : blanks.find(c) != std::string_view::npos ? ' ' : c;
        if (shape.empty() || shape.back() != kind || (kind != '0' && kind != ' ')) {
            shape += kind;
        }
    }
    return shape;
}

/// How much of the beginning of `text` has the shape; 0 where it hasn't.
std::size_t length_of(std::string_view shape, std::string_view text)
{
    std::size_t at = 0;
    for (const char kind : shape) {
        const std::size_t begin = at;
        if (kind == '0') {
            at += run_of(text.substr(at), "");
        } else if (kind == ' ') {
            at = std::min(text.find_first_not_of(blanks, at), text.size());
        } else {
            at += at < text.size() && text[at] == kind ? 1U : 0U;
        }
        if (at == begin) {
            return 0;
        }
    }
    return at;
}

/// Whether a table's own row could begin so.
bool could_be_a_row(std::string_view shape)
{
    return shape.find_first_not_of("0. -") == std::string_view::npos;
}

}  // namespace

void LinePrefixes::learn(std::string_view line)
{
    constexpr std::size_t longest = 256;
    constexpr std::size_t most = 64;
    std::optional<double> ignored;
    const std::string_view text = without_known(line, ignored);
    std::size_t at = std::string_view::npos;
    for (const std::string_view mark : marks) {
        at = std::min(at, text.find(mark));
    }
    for (const std::string_view mark : bare_marks) {
        at = std::min(at, text.find(mark));
    }
    if (at == 0 || at > longest) {
        return;
    }
    const std::string shape = shape_of(text.substr(0, at));
    const auto known = std::ranges::find(learned_, shape, &Learned::shape);
    if (known != learned_.end()) {
        ++known->seen;
    } else if (learned_.size() < most) {
        learned_.push_back({.shape = shape, .seen = 1});
    }
}

std::string_view LinePrefixes::take_off(std::string_view line, std::optional<double>& unix_s) const
{
    constexpr int often = 3;
    const std::string_view text = without_known(line, unix_s);
    std::size_t longest = 0;
    for (const Learned& prefix : learned_) {
        if (prefix.seen >= often || !could_be_a_row(prefix.shape)) {
            longest = std::max(longest, length_of(prefix.shape, text));
        }
    }
    return longest == 0 ? text : without_known(text.substr(longest), unix_s);
}

bool is_of_a_suite(std::string_view line)
{
    const auto begins = [line](std::string_view mark) { return line.starts_with(mark); };
    return std::ranges::any_of(marks, begins) || std::ranges::any_of(bare_marks, begins);
}

std::size_t next_mark(std::string_view log, std::size_t from)
{
    std::size_t first = log.find('#', from);
    for (const std::string_view mark : bare_marks) {
        first = std::min(first, log.substr(0, first).find(mark, from));
    }
    return first;
}

std::optional<double> parse_c_date(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
    constexpr std::size_t before_year = sizeof "Mon Oct 15 15:04:29" - 1;
    const std::size_t last = text.rfind(' ');
    const std::string year(last == std::string_view::npos ? std::string_view{} : text.substr(last + 1));
    const std::string_view zone = last == std::string_view::npos || last < before_year
                                      ? std::string_view{}
                                      : text.substr(before_year, last - before_year);
    const bool plain = std::ranges::all_of(zone, [](char c) { return c == ' ' || (c >= 'A' && c <= 'Z'); });
    if (year.size() != 4 || !plain || zone.find("PM") != std::string_view::npos || last < before_year) {
        return std::nullopt;
    }
    return c_time(std::string(text.substr(0, before_year)) + " " + year + "[").unix_s;
}

std::optional<double> parse_date(std::string_view text)
{
    if (text.size() < 19 || run_of(text, "") != 4 || text[4] != '-' || text[7] != '-') {
        return std::nullopt;
    }
    const int year = static_cast<int>(count(text.substr(0, 4)).value_or(0));
    const int month = two_digits(text, 5);
    const int day = two_digits(text, 8);
    const double seconds = seconds_of_day(text, 11);
    if (!is_day(year, month, day) || seconds < 0) {
        return std::nullopt;
    }
    double moment = unix_seconds(year, static_cast<unsigned>(month), static_cast<unsigned>(day), seconds);
    text.remove_prefix(19);
    if (text.starts_with('.') || text.starts_with(',')) {
        const std::size_t digits = run_of(text.substr(1), "");
        moment += number("0." + std::string(text.substr(1, digits))).value_or(0);
        text.remove_prefix(1 + digits);
    }
    if (text.starts_with('+') || text.starts_with('-')) {
        const int hours = two_digits(text, 1);
        const int minutes = two_digits(text, text.size() > 3 && text[3] == ':' ? 4 : 3);
        const double zone = 3600.0 * std::max(0, hours) + 60.0 * std::max(0, minutes);
        moment -= text.front() == '+' ? zone : -zone;
    }
    return moment;
}

}  // namespace plumbline::import
