// SPDX-License-Identifier: Apache-2.0
#include "results/texts/stored_sentence.hpp"

#include "results/texts/language.hpp"

#include <nlohmann/json.hpp>

#include <utility>
#include <vector>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest = 8;

constexpr const char* own_words = "verbatim";

Json json_of(const Sentence& sentence)
{
    if (sentence.is_verbatim()) {
        return {{own_words, sentence.text()}};
    }
    if (!sentence.is_key()) {
        return sentence.text();
    }
    Json values = Json::array();
    for (const Sentence& value : sentence.values()) {
        values.push_back(json_of(value.is_key() || value.is_verbatim() ? value : recognised(value.text())));
    }
    return {{"code", sentence.text()}, {"values", std::move(values)}};
}

std::optional<Sentence> sentence_of(const Json& json, int depth)
{
    if (json.is_string()) {
        return Sentence(json.get<std::string>());
    }
    if (json.is_object() && json.size() == 1 && json.contains(own_words) && json[own_words].is_string()) {
        return verbatim(json[own_words].get<std::string>());
    }
    const bool whole = depth > 0 && json.is_object() && json.size() == 2 && json.contains("code") &&
                       json.contains("values") && json["code"].is_string() && json["values"].is_array();
    if (!whole) {
        return std::nullopt;
    }
    // A text without values may have braces of its own: "Write {from: 1MiB, to: 1GiB}".
    const std::string code = json["code"].get<std::string>();
    const bool has_own_braces = json["values"].empty() && code.find("{}") == std::string::npos;
    if (!has_own_braces && count_places(code) != json["values"].size()) {
        return std::nullopt;
    }
    std::vector<Sentence> values;
    for (const Json& one : json["values"]) {
        auto value = sentence_of(one, depth - 1);
        if (!value) {
            return std::nullopt;
        }
        values.push_back(*std::move(value));
    }
    return Sentence(code, std::move(values));
}

}  // namespace

std::string stored(const Sentence& sentence)
{
    return json_of(sentence.is_key() || sentence.is_verbatim() ? sentence : recognised(sentence.text()))
        .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Sentence> sentence_from(std::string_view stored)
{
    return sentence_of(Json::parse(stored, nullptr, false), deepest);
}

}  // namespace plumbline
