// SPDX-License-Identifier: Apache-2.0
#include "results/import/log_lines.hpp"

#include "results/import/log_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace plumbline::import {
namespace {

constexpr std::string_view blanks = " \t\r\v\f";
/// Longer lines are no table's.
constexpr std::size_t longest_line = 4096;

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
    if (month == months.end() || day < 1 || day > 31 || seconds < 0) {
        return {};
    }
    const int year = static_cast<int>(count(text.substr(20, 4)).value_or(1970));
    return {.length = length,
            .unix_s = unix_seconds(year, static_cast<unsigned>(month - months.begin()) + 1, static_cast<unsigned>(day),
                                   seconds)};
}

std::string_view without_prefixes(std::string_view text, std::optional<double>& unix_s)
{
    for (bool found = true; found;) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        const Prefix stamp = std::max(time_stamp(text), c_time(text),
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

void split(std::string_view text, std::vector<std::string_view>& words)
{
    words.clear();
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        if (text.empty()) {
            return;
        }
        const std::size_t end = std::min(text.find_first_of(blanks), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

/// Without "ESC [ ... letter".
std::string without_colours(std::string_view text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\x1b') {
            plain += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '[') {
            i += 2;
            while (i < text.size() && !is_letter(text[i])) {
                ++i;
            }
        }
    }
    return plain;
}

/// The text of Docker's {"log":"...\n","stream":"stdout",...}; nothing for another line. Escapes other than those of
/// quotes, backslashes and white space become blanks: no table has any.
std::optional<std::string> of_docker(std::string_view text)
{
    constexpr std::string_view start = R"({"log":")";
    if (!text.starts_with(start) || text.find(R"("stream":)") == std::string_view::npos) {
        return std::nullopt;
    }
    std::string plain;
    for (std::size_t i = start.size(); i < text.size() && text[i] != '"'; ++i) {
        if (text[i] != '\\') {
            plain += text[i];
            continue;
        }
        const char escaped = ++i < text.size() ? text[i] : ' ';
        i += escaped == 'u' ? 4 : 0;
        plain += escaped == '"' || escaped == '\\' || escaped == '/' ? escaped : ' ';
    }
    return plain;
}

/// UTF-16 as UTF-8; what isn't of the basic plane becomes a question mark.
std::string from_utf16(std::string_view text, bool big_endian)
{
    std::string plain;
    plain.reserve(text.size() / 2);
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        const auto first = static_cast<unsigned char>(text[i]);
        const auto second = static_cast<unsigned char>(text[i + 1]);
        const unsigned unit = big_endian ? 256U * first + second : 256U * second + first;
        if (unit < 0x80) {
            plain += static_cast<char>(unit);
        } else if (unit < 0x800) {
            plain += static_cast<char>(0xC0 | (unit >> 6U));
            plain += static_cast<char>(0x80 | (unit & 0x3FU));
        } else if (unit < 0xD800 || unit >= 0xE000) {
            plain += static_cast<char>(0xE0 | (unit >> 12U));
            plain += static_cast<char>(0x80 | ((unit >> 6U) & 0x3FU));
            plain += static_cast<char>(0x80 | (unit & 0x3FU));
        } else {
            plain += unit < 0xDC00 ? "?" : "";
        }
    }
    return plain;
}

void for_each_line_of_utf8(std::string_view log, const std::function<void(const Line&)>& use)
{
    Line line;
    std::string unwrapped;
    for (line.number = 1; !log.empty(); ++line.number) {
        const std::size_t end = log.find('\n');
        line.last_without_end = end == std::string_view::npos;
        std::string_view text = log.substr(0, end);
        log.remove_prefix(line.last_without_end ? log.size() : end + 1);
        if (text.size() > longest_line) {
            continue;
        }
        if (auto docker = of_docker(text)) {
            unwrapped = std::move(*docker);
            text = unwrapped;
        }
        if (text.find('\x1b') != std::string_view::npos) {
            unwrapped = without_colours(text);
            text = unwrapped;
        }
        line.unix_s.reset();
        line.text = without_prefixes(text, line.unix_s);
        if (!line.unix_s && line.text.size() > 23 && line.text.size() < 40 && is_letter(line.text[0]) &&
            line.text[3] == ' ') {
            line.unix_s = parse_c_date(line.text);  // what `date` printed
        }
        split(line.text, line.words);
        use(line);
    }
}

/// What builds programs, or moves them about, names them too.
bool runs_a_program(const Line& line)
{
    constexpr std::array<std::string_view, 14> others{"Linking", "Compiling", "Generating", "g++", "gcc",
                                                      "nvcc",    "hipcc",     "clang++",    "ar",  "cp",
                                                      "mv",      "ln",        "rm",         "make"};
    const std::string_view first = line.words.empty() ? std::string_view{} : line.words.front();
    return std::find(others.begin(), others.end(), first.substr(first.rfind('/') + 1)) == others.end();
}

}  // namespace

void for_each_line(std::string_view log, const std::function<void(const Line&)>& use)
{
    if (log.starts_with("\xFF\xFE") || log.starts_with("\xFE\xFF")) {
        for_each_line_of_utf8(from_utf16(log.substr(2), log.front() == '\xFE'), use);
        return;
    }
    log.remove_prefix(log.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    for_each_line_of_utf8(log, use);
}

bool starts_with_words(const Line& line, std::initializer_list<std::string_view> words)
{
    return line.words.size() >= words.size() && std::equal(words.begin(), words.end(), line.words.begin());
}

std::string_view word_after(const Line& line, std::string_view title)
{
    const auto found = std::find(line.words.begin(), line.words.end(), title);
    return found != line.words.end() && found + 1 != line.words.end() ? *(found + 1) : std::string_view{};
}

std::optional<Command> command_in(const Line& line, std::string_view mark)
{
    if (line.text.find(mark) == std::string_view::npos || !runs_a_program(line)) {
        return std::nullopt;
    }
    Command command;
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string_view word = line.words[i];
        const std::string_view name = word.substr(word.rfind('/') + 1);
        const auto after_redirection = i > 0 && (line.words[i - 1] == ">" || line.words[i - 1] == "-o");
        if (name.find(mark) != std::string_view::npos && !word.starts_with('-') && !after_redirection) {
            command.program = name;
            command.word = i;
            return command;
        }
        const bool tells_ranks = word == "-n" || word == "-np" || word == "-c" || word == "--ntasks" || word == "--np";
        const std::string_view value = tells_ranks && i + 1 < line.words.size() ? line.words[i + 1]
                                       : word.starts_with("--ntasks=")          ? word.substr(sizeof "--ntasks=" - 1)
                                                                                : std::string_view{};
        if (const auto ranks = count(value); ranks && *ranks > 0 && *ranks < 10000000) {
            command.ranks = static_cast<int>(*ranks);
        }
    }
    return std::nullopt;
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

std::string_view option_after(const Line& line, std::size_t program, std::string_view short_name,
                              std::string_view long_name)
{
    for (std::size_t i = program + 1; i < line.words.size(); ++i) {
        const std::string_view word = line.words[i];
        if (word == short_name || word == long_name) {
            return i + 1 < line.words.size() ? line.words[i + 1] : std::string_view{};
        }
        if (word.starts_with(long_name) && word.substr(long_name.size()).starts_with('=')) {
            return word.substr(long_name.size() + 1);
        }
        if (word.starts_with(short_name) && !word.starts_with("--")) {
            return word.substr(short_name.size());
        }
    }
    return {};
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
    if (month < 1 || month > 12 || day < 1 || day > 31 || seconds < 0) {
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
