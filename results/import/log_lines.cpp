// SPDX-License-Identifier: Apache-2.0
#include "results/import/log_lines.hpp"

#include "results/import/line_prefixes.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace plumbline::import {
namespace {

constexpr std::string_view between_words = " \t\r\v\f";
/// Longer lines are no table's.
constexpr std::size_t longest_line = 4096;

void split(std::string_view text, std::vector<std::string_view>& words)
{
    words.clear();
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(between_words), text.size()));
        if (text.empty()) {
            return;
        }
        const std::size_t end = std::min(text.find_first_of(between_words), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

/// Where what begins at `text[at]`, an ESC, ends: a colour ("ESC [ ... letter"), a title of a window ("ESC ] ... BEL"),
/// a set of characters ("ESC ( B").
std::size_t end_of_escape(std::string_view text, std::size_t at)
{
    const char kind = at + 1 < text.size() ? text[at + 1] : ' ';
    if (kind == '[') {
        const auto is_final = [](char c) { return c >= '@' && c <= '~'; };
        const auto* const last = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at) + 2, text.end(), is_final);
        return std::min(static_cast<std::size_t>(last - text.begin()) + 1, text.size());
    }
    if (kind == ']') {
        const std::size_t end = text.find_first_of("\a\x1b", at + 2);
        return end == std::string_view::npos ? text.size() : end + (text[end] == '\a' ? 1 : 2);
    }
    return at + (kind == '(' || kind == ')' ? 3 : 2);
}

/// Without escapes of terminals, and with a plain blank for one that doesn't break.
std::string as_plain_text(std::string_view text)
{
    constexpr std::string_view unbreakable = "\xC2\xA0";
    std::string plain;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == '\x1b') {
            i = end_of_escape(text, i);
        } else if (text.substr(i).starts_with(unbreakable)) {
            plain += ' ';
            i += unbreakable.size();
        } else {
            plain += text[i++];
        }
    }
    return plain;
}

/// A line that a collector of logs wrapped into an object, {"log":"...\n","stream":"stdout","time":"..."}.
struct Unwrapped {
    std::string text;
    std::optional<double> unix_s;
};

std::optional<Unwrapped> unwrap(std::string_view text)
{
    using nlohmann::json;
    constexpr std::array<const char*, 5> texts{"log", "message", "msg", "MESSAGE", "line"};
    constexpr std::array<const char*, 4> times{"time", "timestamp", "@timestamp", "ts"};
    text = text.substr(std::min(text.find_first_not_of(between_words), text.size()));
    if (!text.starts_with('{') || text.size() > longest_line) {
        return std::nullopt;
    }
    const json object = json::parse(text.begin(), text.end(), nullptr, false);
    const auto text_in = [&](const char* key) {
        const auto found = object.is_object() ? object.find(key) : object.end();
        return object.is_object() && found != object.end() && found->is_string()
                   ? std::optional(found->get<std::string>())
                   : std::nullopt;
    };
    for (const char* const key : texts) {
        auto inside = text_in(key);
        if (!inside) {
            continue;
        }
        Unwrapped line{.text = std::move(*inside), .unix_s = {}};
        std::ranges::replace(line.text, '\n', ' ');
        for (const char* const time : times) {
            if (const auto moment = text_in(time); moment && !line.unix_s) {
                line.unix_s = parse_date(*moment);
            }
        }
        return line;
    }
    return std::nullopt;
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

/// The text of a line that was wrapped or has escapes; the line itself where neither is so. `buffer` holds what is new.
std::string_view plain_text(std::string_view text, std::string& buffer, std::optional<double>& unix_s)
{
    if (auto inside = unwrap(text)) {
        buffer = std::move(inside->text);
        unix_s = inside->unix_s;
        text = buffer;
    }
    if (text.find('\x1b') != std::string_view::npos || text.find("\xC2\xA0") != std::string_view::npos) {
        buffer = as_plain_text(text);
        text = buffer;
    }
    return text;
}

LinePrefixes prefixes_of(std::string_view log, char newline)
{
    LinePrefixes prefixes;
    std::string buffer;
    std::optional<double> ignored;
    for (std::size_t at = next_mark(log, 0); at != std::string_view::npos;) {
        const std::size_t before = log.substr(0, at).rfind(newline);
        const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
        const std::size_t end = std::min(log.find(newline, at), log.size());
        if (end - begin <= longest_line) {
            prefixes.learn(plain_text(log.substr(begin, end - begin), buffer, ignored));
        }
        at = next_mark(log, end);
    }
    return prefixes;
}

void for_each_line_of_utf8(std::string_view log, const std::function<void(const Line&)>& use)
{
    // Old Macs', and those of a terminal's recording.
    const char newline = log.find('\n') == std::string_view::npos ? '\r' : '\n';
    const LinePrefixes prefixes = prefixes_of(log, newline);
    Line line;
    std::string buffer;
    for (line.number = 1; !log.empty(); ++line.number) {
        const std::size_t end = log.find(newline);
        line.last_without_end = end == std::string_view::npos;
        std::string_view text = log.substr(0, end);
        log.remove_prefix(line.last_without_end ? log.size() : end + 1);
        if (text.size() > longest_line) {
            continue;
        }
        line.unix_s.reset();
        text = plain_text(text, buffer, line.unix_s);
        line.text = prefixes.take_off(text, line.unix_s);
        if (!line.unix_s && line.text.size() > 23 && line.text.size() < 40 && line.text[3] == ' ') {
            line.unix_s = parse_c_date(line.text);  // what `date` printed
        }
        split(line.text, line.words);
        use(line);
    }
}

/// The order of the bytes where every other one of the first is 0, as in UTF-16 of what is English.
enum class ByteOrder : std::uint8_t { none, little, big };
ByteOrder order_of_utf16(std::string_view log)
{
    constexpr std::size_t enough = 16;
    if (log.starts_with("\xFF\xFE")) {
        return ByteOrder::little;
    }
    if (log.starts_with("\xFE\xFF")) {
        return ByteOrder::big;
    }
    std::size_t even = 0;
    std::size_t odd = 0;
    for (std::size_t i = 0; i < std::min(log.size(), enough); ++i) {
        (i % 2 == 0 ? even : odd) += log[i] == '\0' ? 1U : 0U;
    }
    const bool long_enough = log.size() >= enough;
    return long_enough && odd == enough / 2 && even == 0   ? ByteOrder::little
           : long_enough && even == enough / 2 && odd == 0 ? ByteOrder::big
                                                           : ByteOrder::none;
}

}  // namespace

std::string_view in_utf8(std::string_view log, std::string& buffer)
{
    const ByteOrder order = order_of_utf16(log);
    if (order != ByteOrder::none) {
        const bool marked = log.starts_with("\xFF\xFE") || log.starts_with("\xFE\xFF");
        buffer = from_utf16(log.substr(marked ? 2 : 0), order == ByteOrder::big);
        return buffer;
    }
    log.remove_prefix(log.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    return log;
}

void for_each_line(std::string_view log, const std::function<void(const Line&)>& use)
{
    std::string buffer;
    for_each_line_of_utf8(in_utf8(log, buffer), use);
}

bool is_wrapped(std::string_view log)
{
    const std::size_t begin = std::min(log.find_first_not_of(" \t\r\n"), log.size());
    return unwrap(log.substr(begin, log.find('\n', begin) - begin)).has_value();
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

}  // namespace plumbline::import
