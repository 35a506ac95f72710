// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/messages.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace plumbline::endure {

namespace {

/// Of one cell: no tab and no line feed is left in it.
std::string flattened(std::string_view text)
{
    std::string flat(text);
    std::ranges::replace_if(flat, [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    return flat;
}

}  // namespace

std::string Message::text(std::string_view key) const
{
    const auto found = fields.find(std::string(key));
    return found == fields.end() ? "" : found->second;
}

double Message::number(std::string_view key) const
{
    const std::string value = text(key);
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    return error == std::errc() && end == value.data() + value.size() && std::isfinite(number) ? number : 0;
}

std::uint64_t Message::count(std::string_view key) const
{
    const std::string value = text(key);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    return error == std::errc() && end == value.data() + value.size() ? number : 0;
}

std::string format_message(const Message& message)
{
    std::string line = message.kind;
    for (const auto& [key, value] : message.fields) {
        line += "\t" + key + "=" + flattened(value);
    }
    return line + "\n";
}

std::optional<Message> parse_message(std::string_view line)
{
    Message message;
    for (std::size_t begin = 0; begin <= line.size();) {
        const std::size_t end = std::min(line.find('\t', begin), line.size());
        const std::string_view cell = line.substr(begin, end - begin);
        if (begin == 0) {
            message.kind = cell;
        } else {
            const std::size_t equals = cell.find('=');
            if (equals == std::string_view::npos) {
                return std::nullopt;
            }
            message.fields[std::string(cell.substr(0, equals))] = cell.substr(equals + 1);
        }
        begin = end + 1;
    }
    return message.kind.empty() ? std::nullopt : std::optional(message);
}

std::optional<MeetingPoint> parse_meeting_point(std::string_view text)
{
    const std::size_t at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size()) {
        return std::nullopt;
    }
    return MeetingPoint{.secret_file = std::string(text.substr(0, at)), .addresses = std::string(text.substr(at + 1))};
}

}  // namespace plumbline::endure
