// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/reader.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/nearest_word.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

namespace plumbline {

namespace {

/// Longer words are cut before they are shown.
constexpr std::size_t max_word = 64;

template <class T>
std::optional<T> parse_whole(std::string_view text)
{
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

bool is_whole(std::string_view text)
{
    text.remove_prefix(text.starts_with('-') ? 1 : 0);
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string joined(std::span<const std::string_view> words)
{
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string cut(const std::string& text)
{
    std::string shown = text.size() <= max_word ? text : text.substr(0, max_word) + "...";
    std::replace_if(shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return shown;
}

bool is_left_out(const YamlNode& node)
{
    return node.mending == Mending::left_out;
}

}  // namespace

Sentence Field::shown() const
{
    switch (node_->kind) {
        case YamlNode::Kind::null:
            return say("empty");
        case YamlNode::Kind::scalar:
            return fmt::format("'{}'", cut(node_->text));
        case YamlNode::Kind::list:
            return node_->children.empty() ? say("an empty list") : say("a list");
        case YamlNode::Kind::map:
            return say("a map");
    }
    return {};
}

void Field::fail_at(const Sentence& problem, FieldError::Of of, std::string repair) const
{
    const Sentence what = path_.empty() ? say("the document") : say("key '{}'", cut(path_));
    throw FieldError(say("{}: {} {}", node_->place(), what, problem), node_, of, std::move(repair));
}

void Field::fail(const Sentence& problem) const
{
    fail_at(problem, FieldError::Of::value, "");
}

void Field::reject(const Sentence& why, const Sentence& suggestion) const
{
    fail(say("is {} ({}). {}", shown(), why, suggestion));
}

bool Field::is_word(std::string_view word) const
{
    return node_->kind == YamlNode::Kind::scalar && node_->text == word;
}

const std::string& Field::text() const
{
    if (node_->kind != YamlNode::Kind::scalar || node_->text.empty()) {
        reject("one value is wanted", "Write a single value");
    }
    return node_->text;
}

bool Field::boolean() const
{
    constexpr std::array<std::string_view, 2> words{"false", "true"};
    return choice(words) == 1;
}

std::int64_t Field::integer(std::int64_t low, std::int64_t high) const
{
    const std::string wanted = high >= std::numeric_limits<int>::max()
                                   ? fmt::format("a whole number of at least {} is wanted", low)
                                   : fmt::format("a whole number from {} to {} is wanted", low, high);
    const std::string& written = text();
    const std::optional<std::int64_t> value = parse_whole<std::int64_t>(written);
    if (!value && !is_whole(written)) {
        reject(wanted, "Write it in digits");
    }
    const bool too_small = value ? *value < low : written.starts_with('-');
    if (too_small || !value || *value > high) {
        const std::int64_t nearest = too_small ? low : high;
        fail_at(say("is {} ({}). The nearest valid value is {}", shown(), wanted, nearest), FieldError::Of::value,
                std::to_string(nearest));
    }
    return *value;
}

std::uint64_t Field::seed() const
{
    const std::optional<std::uint64_t> value = parse_whole<std::uint64_t>(text());
    if (!value) {
        reject("a whole number from 0 to 2^64 - 1 is wanted", "Write it in digits");
    }
    return *value;
}

double Field::number() const
{
    std::string_view written = text();
    std::size_t sign = 0;
    for (const std::string_view one : {"%", "％"}) {
        sign = written.ends_with(one) ? one.size() : sign;
    }
    const bool percent = sign != 0;
    written.remove_suffix(sign);
    written = percent ? written.substr(0, written.find_last_not_of(' ') + 1) : written;
    const std::optional<double> value = parse_whole<double>(written);
    if (!value || !std::isfinite(*value)) {
        reject("a number is wanted", "Write for example 0.9 or 90%");
    }
    return percent ? *value / 100 : *value;
}

std::uint64_t Field::bytes() const
{
    const std::optional<std::uint64_t> value = parse_bytes(text());
    if (!value) {
        reject("a size is a whole number of bytes below 2^63", "Write for example 65536, 64KiB or 64KB");
    }
    if (*value == 0) {
        reject("there is nothing to move", "The nearest valid value is 1");
    }
    return *value;
}

double Field::seconds() const
{
    const std::optional<double> value = parse_seconds(text());
    if (!value) {
        reject("a duration that is not negative is wanted", "Write for example 500us, 2s, 30min, 72h or 30d");
    }
    return *value;
}

double Field::positive_seconds() const
{
    const double value = seconds();
    if (value <= 0) {
        reject("a duration above 0 is wanted", "Write for example 500us, 2s, 30min, 72h or 30d");
    }
    return value;
}

double Field::bytes_per_second() const
{
    const std::optional<double> value = parse_bandwidth(text());
    if (!value) {
        reject("a bandwidth above 0 is wanted", "Write for example 25GB/s or 200Gbit/s");
    }
    return *value;
}

std::size_t Field::choice(std::span<const std::string_view> valid) const
{
    const std::string& written = text();
    const auto found = std::find(valid.begin(), valid.end(), written);
    if (found == valid.end()) {
        fail_at(say("is {} (valid are {}). {}", shown(), joined(valid),
                    suggest_nearest("The nearest valid value is", written, valid, "Choose one of them")),
                FieldError::Of::value, std::string(nearest_word(written, valid).value_or("")));
    }
    return static_cast<std::size_t>(found - valid.begin());
}

Field Field::member(const YamlNode& child) const
{
    return {child, path_.empty() ? child.key : fmt::format("{}.{}", path_, child.key)};
}

std::vector<Field> Field::items() const
{
    if (!is_list() || std::ranges::all_of(node_->children, is_left_out)) {
        reject("a list with at least one entry is wanted", "Write it as [a, b]");
    }
    std::vector<Field> fields;
    fields.reserve(node_->children.size());
    for (std::size_t i = 0; i < node_->children.size(); ++i) {
        if (!is_left_out(node_->children[i])) {
            fields.push_back({node_->children[i], fmt::format("{}[{}]", path_, i)});
        }
    }
    return fields;
}

std::vector<Field> Field::one_or_more() const
{
    return is_list() ? items() : std::vector<Field>{*this};
}

void Field::expect_map() const
{
    if (!is_map()) {
        reject("a map is wanted", "Write it as {key: value}");
    }
}

std::vector<Field> Field::members() const
{
    expect_map();
    std::vector<Field> fields;
    fields.reserve(node_->children.size());
    for (const YamlNode& child : node_->children) {
        if (!is_left_out(child)) {
            fields.push_back(member(child));
        }
    }
    return fields;
}

std::optional<Field> Field::find(std::string_view key) const
{
    expect_map();
    const YamlNode* child = node_->find(key);
    if (child == nullptr) {
        return std::nullopt;
    }
    return member(*child);
}

Field Field::require(std::string_view key) const
{
    const std::optional<Field> found = find(key);
    if (!found) {
        fail(say("has no key '{}' (it is needed). Add '{}: ...'", key, key));
    }
    return *found;
}

void Field::expect_keys(std::string_view what, std::span<const std::string_view> valid,
                        std::span<const std::string_view> known) const
{
    for (const Field& field : members()) {
        const std::string& key = field.node_->key;
        if (std::find(valid.begin(), valid.end(), key) != valid.end()) {
            continue;
        }
        if (std::find(known.begin(), known.end(), key) != known.end()) {
            field.fail_at(say("does not apply to {} ({} takes {}). Remove it", what, what, joined(valid)),
                          FieldError::Of::key, "");
        }
        field.fail_at(say("is unknown ({} takes {}). {}", what, joined(valid),
                          suggest_nearest("The nearest valid key is", key, valid, "Choose one of them")),
                      FieldError::Of::key, std::string(nearest_word(key, valid).value_or("")));
    }
}

namespace {

std::vector<std::string> path_segments(std::string path)
{
    for (std::size_t bracket = path.find('['); bracket != std::string::npos; bracket = path.find('[', bracket)) {
        path[bracket] = '.';
    }
    std::erase(path, ']');
    std::vector<std::string> segments;
    std::size_t start = 0;
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
        segments.push_back(path.substr(start, dot - start));
        start = dot + 1;
    }
    segments.push_back(path.substr(start));
    return segments;
}

/// One step of an override's path. A key that isn't there is added: whether it is a valid one is checked with the rest.
YamlNode& descend(YamlNode& node, const std::string& segment, const YamlNode& value)
{
    const std::string& source = *value.source;
    if (node.kind == YamlNode::Kind::list) {
        const std::optional<std::size_t> index = parse_whole<std::size_t>(segment);
        if (!index || *index >= node.children.size()) {
            throw ConfigError(
                say("{}: '{}' leads nowhere (the list '{}' has {} entries, counted from 0). "
                    "Use one of these",
                    source, cut(segment), cut(node.key), node.children.size()));
        }
        return node.children[*index];
    }
    if (node.kind == YamlNode::Kind::scalar) {
        throw ConfigError(say("{}: '{}' leads nowhere ('{}' is a single value). Set '{}' itself", source, cut(segment),
                              cut(node.key), cut(node.key)));
    }
    node.kind = YamlNode::Kind::map;
    const auto found = std::find_if(node.children.begin(), node.children.end(),
                                    [&](const YamlNode& child) { return child.key == segment; });
    if (found != node.children.end()) {
        return *found;
    }
    YamlNode added;
    added.key = segment;
    added.source = value.source;
    return node.children.emplace_back(std::move(added));
}

}  // namespace

void apply_override(YamlNode& root, const std::string& assignment)
{
    constexpr std::size_t max_segments = 16;
    const std::string source = "--set " + cut(assignment);
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw ConfigError(
            say("{}: not an assignment (the form is KEY=VALUE). Write for example stop.max_seconds=1", source));
    }
    const std::vector<std::string> segments = path_segments(assignment.substr(0, equals));
    const bool has_gap = std::find(segments.begin(), segments.end(), std::string{}) != segments.end();
    if (has_gap || segments.size() > max_segments) {
        throw ConfigError(
            say("{}: the key leads nowhere (it is words joined by dots). Write for example cases.0.bytes=8", source));
    }
    YamlNode value = parse_yaml_value(assignment.substr(equals + 1), source);
    YamlNode* target = &root;
    for (const std::string& segment : segments) {
        target = &descend(*target, segment, value);
    }
    value.key = target->key;
    *target = std::move(value);
}

}  // namespace plumbline
