// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/secrets.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace plumbline {

namespace {

constexpr std::string_view hidden = "***";

bool is_of_name(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

bool ends_value(char c)
{
    constexpr std::string_view ends = " \t\r\n,;&\"'";
    return ends.find(c) != std::string_view::npos;
}

bool is_secret_word(std::string_view word)
{
    constexpr std::array within = std::to_array<std::string_view>(
        {"TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "APIKEY", "ACCESSKEY"});
    constexpr std::array whole = std::to_array<std::string_view>(
        {"PASS", "PWD", "KEY", "KEYS", "AUTH", "BEARER", "COOKIE", "COOKIES", "JWT", "SSHKEY", "PRIVATEKEY"});
    return std::ranges::find(whole, word) != whole.end() || std::ranges::any_of(within, [&](std::string_view part) {
               return word.find(part) != std::string_view::npos;
           });
}

/// Where the value that begins at `begin` ends.
std::size_t end_of_value(std::string_view text, std::size_t begin)
{
    while (begin < text.size() && !ends_value(text[begin])) {
        ++begin;
    }
    return begin;
}

/// Hides "me:pass" of "ftp://me:pass@host/".
std::string without_users(std::string_view text)
{
    constexpr std::string_view mark = "://";
    std::string result;
    for (std::size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
        const std::size_t begin = at + mark.size();
        const std::size_t end = std::min(text.find_first_of("/?# \t\"'", begin), text.size());
        const std::size_t user_end = text.substr(0, end).rfind('@');
        const bool has_user = user_end != std::string_view::npos && user_end >= begin;
        result += text.substr(0, begin);
        result += has_user ? hidden : "";
        text.remove_prefix(has_user ? user_end : begin);
    }
    return result + std::string(text);
}

/// Where the secret begins that the name which ends before `at` has; npos where there is none.
std::size_t begin_of_secret(std::string_view text, std::string_view name, std::size_t at)
{
    const bool is_option = name.starts_with("--");
    const bool is_bearer = name == "Bearer" || name == "bearer";
    if (!is_bearer && !is_secret_name(name)) {
        return std::string_view::npos;
    }
    if (at < text.size() && (text[at] == '=' || text[at] == ':')) {
        const std::size_t begin = text.find_first_not_of(" \t\"'", at + 1);
        constexpr std::string_view scheme = "Bearer ";
        return begin != std::string_view::npos && text.substr(begin).starts_with(scheme) ? begin + scheme.size()
                                                                                         : begin;
    }
    return (is_option || is_bearer) && at < text.size() && text[at] == ' ' ? text.find_first_not_of(" \"'", at)
                                                                           : std::string_view::npos;
}

}  // namespace

bool is_secret_name(std::string_view name)
{
    std::string word;
    for (std::size_t i = 0; i <= name.size(); ++i) {
        const char c = i < name.size() ? name[i] : '_';
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        } else if (is_secret_word(word)) {
            return true;
        } else {
            word.clear();
        }
    }
    return false;
}

std::string without_secrets(std::string_view value)
{
    const std::string text = without_users(value);
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        if (!is_of_name(text[at])) {
            result += text[at++];
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && is_of_name(text[end])) {
            ++end;
        }
        const std::size_t secret = begin_of_secret(text, std::string_view(text).substr(at, end - at), end);
        if (secret == std::string::npos) {
            result.append(text, at, end - at);
            at = end;
            continue;
        }
        result.append(text, at, secret - at);
        result += hidden;
        at = end_of_value(text, secret);
    }
    return result;
}

}  // namespace plumbline
