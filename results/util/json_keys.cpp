// SPDX-License-Identifier: Apache-2.0
#include "results/util/json_keys.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <set>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using nlohmann::json;

/// Stops at the first key that its object has already.
class KeyReader final : public nlohmann::json_sax<json> {
public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool start_object(std::size_t) override
    {
        open_.push_back({.number = objects_++, .keys = {}});
        return true;
    }
    bool key(string_t& name) override
    {
        if (!open_.back().keys.insert(name).second) {
            repeated_ = std::pair(name, open_.back().number);
        }
        return !repeated_;
    }
    bool end_object() override
    {
        open_.pop_back();
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override { return false; }

    /// The key, and which object it is of, from 0 in the order of their beginnings.
    const std::optional<std::pair<std::string, std::size_t>>& repeated() const { return repeated_; }

private:
    struct Object {
        std::size_t number = 0;
        std::set<std::string> keys;
    };
    std::vector<Object> open_;
    std::size_t objects_ = 0;
    std::optional<std::pair<std::string, std::size_t>> repeated_;
};

/// Of the brace that opens object `number`, in a text that is JSON up to there.
std::size_t line_of_object(std::string_view text, std::size_t number)
{
    std::size_t line = 1;
    std::size_t objects = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        line += text[i] == '\n' ? 1U : 0U;
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == '{' && objects++ == number) {
            return line;
        }
    }
    return line;
}

}  // namespace

std::optional<RepeatedKey> repeated_key(std::string_view text)
{
    KeyReader reader;
    json::sax_parse(text.begin(), text.end(), &reader);
    if (!reader.repeated()) {
        return std::nullopt;
    }
    const auto& [key, number] = *reader.repeated();
    return RepeatedKey{.key = key, .line = line_of_object(text, number)};
}

}  // namespace plumbline
