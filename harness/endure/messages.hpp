// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline::endure {

/// One line between a job and its supervisor: a word, and fields by their names.
struct Message {
    std::string kind;
    std::map<std::string, std::string> fields;

    std::string text(std::string_view key) const;
    double number(std::string_view key) const;  ///< 0 where there is none
    std::uint64_t count(std::string_view key) const;
    bool operator==(const Message&) const = default;
};

/// With its line feed.
std::string format_message(const Message& message);
/// Without a line feed. Nothing for what format_message() didn't write.
std::optional<Message> parse_message(std::string_view line);

/// Where a job finds its supervisor: "FILE@ADDRESS:PORT,ADDRESS:PORT".
struct MeetingPoint {
    std::string secret_file;  ///< see find_secret()
    std::string addresses;    ///< "ADDRESS:PORT,ADDRESS:PORT"
};
/// Nothing for what is none.
std::optional<MeetingPoint> parse_meeting_point(std::string_view text);

}  // namespace plumbline::endure
