// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/tree.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/null.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

namespace plumbline {

namespace {

constexpr std::size_t max_depth = 64;

enum class Lines { counted, none };

/// The character at the start of `text` and its length; nothing where it isn't UTF-8. RFC 3629.
std::optional<std::pair<char32_t, std::size_t>> first_character(std::string_view text)
{
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const auto lead = static_cast<unsigned char>(text.front());
    const auto ones = static_cast<std::size_t>(std::countl_one(lead));
    const std::size_t length = ones == 0 ? 1 : ones;
    if (ones == 1 || length > 4 || length > text.size()) {
        return std::nullopt;
    }
    char32_t character = lead & (ones == 0 ? 0x7fU : 0x7fU >> ones);
    for (const char next : text.substr(1, length - 1)) {
        if ((static_cast<unsigned char>(next) & 0xc0U) != 0x80U) {
            return std::nullopt;
        }
        character = (character << 6U) | (static_cast<unsigned char>(next) & 0x3fU);
    }
    const bool surrogate = character >= 0xd800 && character <= 0xdfff;
    if (character < smallest.at(length) || surrogate || character > 0x10ffff) {
        return std::nullopt;
    }
    return std::pair(character, length);
}

/// Whether `text` can be written and read back: UTF-8 without the code points that Unicode sets aside (non-characters).
bool is_text(std::string_view text)
{
    while (!text.empty()) {
        const auto first = first_character(text);
        if (!first) {
            return false;
        }
        const auto [character, length] = *first;
        if ((character & 0xfffeU) == 0xfffeU || (character >= 0xfdd0 && character <= 0xfdef)) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

/// Builds the tree from the parser's events. The parser recurses once a level, so that throwing here at max_depth
/// bounds its stack too.
class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(const std::string& source, Lines lines)
        : source_(std::make_shared<const std::string>(source)), lines_(lines)
    {
        root_.source = source_;
        root_.line = lines == Lines::counted ? 1 : 0;
    }

    YamlNode take_root() { return std::move(root_); }

    [[noreturn]] void fail(const YAML::Mark& mark, const Sentence& problem) const
    {
        throw ConfigError(say("{}: {}", node_at(mark).place(), problem));
    }

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (documents_++ > 0) {
            fail(mark, "a second document starts here (only one is read). Remove it and the line '---' above it");
        }
    }
    void OnDocumentEnd() override {}
    void OnAnchor(const YAML::Mark& mark, const std::string& name) override
    {
        fail(mark, say("anchor '&{}' is not read (a scenario states each value where it is used). "
                       "Remove it and write the value out",
                       name));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override
    {
        fail(mark, "aliases are not read (a scenario states each value where it is used). Write the value out");
    }
    void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { add(node_at(mark), mark); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override
    {
        refuse_tag(mark, tag);
        if (!is_text(value)) {
            fail(mark, "a value is not text (scenarios are UTF-8). Save the file as UTF-8");
        }
        YamlNode node = node_at(mark);
        node.kind = YamlNode::Kind::scalar;
        node.text = value;
        add(std::move(node), mark);
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override
    {
        open(YamlNode::Kind::list, mark, tag);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override
    {
        open(YamlNode::Kind::map, mark, tag);
    }
    void OnMapEnd() override { close(); }

private:
    struct Level {
        YamlNode node;
        std::optional<std::string> key;  ///< of the map's next value
        int key_line = 0;
        std::set<std::string, std::less<>> keys;
    };

    YamlNode node_at(const YAML::Mark& mark) const
    {
        YamlNode node;
        node.source = source_;
        node.line = lines_ == Lines::counted ? mark.line + 1 : 0;
        return node;
    }

    void refuse_tag(const YAML::Mark& mark, const std::string& tag) const
    {
        if (!tag.empty() && tag != "?" && tag != "!") {
            fail(mark, say("tag '{}' is not read (the key decides on the type). Remove it", tag));
        }
    }

    bool expects_key() const
    {
        return !levels_.empty() && levels_.back().node.kind == YamlNode::Kind::map && !levels_.back().key;
    }

    void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag)
    {
        refuse_tag(mark, tag);
        if (expects_key()) {
            fail(mark,
                 "a key is a list or a map, or a bracket is not closed (a key must be a plain word). Write 'key: "
                 "value'");
        }
        if (levels_.size() >= max_depth) {
            fail(mark, say("nested too deep (at most {} levels are read). Flatten it", max_depth));
        }
        levels_.push_back({.node = node_at(mark), .key = {}, .key_line = 0, .keys = {}});
        levels_.back().node.kind = kind;
    }

    void close()
    {
        YamlNode done = std::move(levels_.back().node);
        levels_.pop_back();
        attach(std::move(done));
    }

    void add(YamlNode node, const YAML::Mark& mark)
    {
        if (!expects_key()) {
            attach(std::move(node));
            return;
        }
        Level& level = levels_.back();
        if (node.kind != YamlNode::Kind::scalar || node.text.empty()) {
            fail(mark, "a key is empty (a key must be a plain word). Write 'key: value'");
        }
        if (!level.keys.insert(node.text).second) {
            fail(mark, say("key '{}' appears twice in the same map (only one value can hold). Remove one", node.text));
        }
        level.key = std::move(node.text);
        level.key_line = node.line;
    }

    void attach(YamlNode node)
    {
        if (levels_.empty()) {
            root_ = std::move(node);
            return;
        }
        Level& level = levels_.back();
        if (level.node.kind == YamlNode::Kind::map) {
            node.key = std::exchange(level.key, std::nullopt).value_or(std::string());
            node.line = level.key_line;
        }
        level.node.children.push_back(std::move(node));
    }

    std::shared_ptr<const std::string> source_;
    Lines lines_;
    std::vector<Level> levels_;
    YamlNode root_;
    int documents_ = 0;
};

YamlNode parse(const std::string& text, const std::string& source, Lines lines)
{
    if (text.size() > max_yaml_bytes) {
        throw ConfigError(say("{}: {} bytes are too many (at most {} are read). Is this the right file?", source,
                              text.size(), max_yaml_bytes));
    }
    TreeBuilder builder(source, lines);
    try {
        std::istringstream stream(text);
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(builder)) {
        }
    } catch (const YAML::Exception& error) {
        builder.fail(error.mark, say("not YAML ({}). Correct the line or the one above it", error.msg));
    }
    return builder.take_root();
}

/// Words that mean the same with and without quotes, in block and in flow style.
bool is_plain(const std::string& text)
{
    constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    return text.find_first_not_of(safe) == std::string::npos && !YAML::IsNullString(text) && text != "-" &&
           !text.starts_with("--") && !text.starts_with("..");
}

void emit_text(YAML::Emitter& out, const std::string& text)
{
    if (!is_plain(text)) {
        out << YAML::DoubleQuoted;
    }
    out << text;
}

void emit(YAML::Emitter& out, const YamlNode& node, int depth)
{
    const bool block = depth == 0 || (depth == 1 && node.kind == YamlNode::Kind::list && !node.children.empty() &&
                                      node.children.front().kind == YamlNode::Kind::map);
    switch (node.kind) {
        case YamlNode::Kind::null:
            out << YAML::Null;
            break;
        case YamlNode::Kind::scalar:
            emit_text(out, node.text);
            break;
        case YamlNode::Kind::list:
            out << (block ? YAML::Block : YAML::Flow) << YAML::BeginSeq;
            for (const YamlNode& child : node.children) {
                emit(out, child, depth + 1);
            }
            out << YAML::EndSeq;
            break;
        case YamlNode::Kind::map:
            out << (block ? YAML::Block : YAML::Flow) << YAML::BeginMap;
            for (const YamlNode& child : node.children) {
                out << YAML::Key;
                emit_text(out, child.key);
                out << YAML::Value;
                emit(out, child, depth + 1);
            }
            out << YAML::EndMap;
            break;
    }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view wanted) const
{
    if (kind != Kind::map) {
        return nullptr;
    }
    const auto found = std::find_if(children.begin(), children.end(), [&](const YamlNode& child) {
        return child.key == wanted && child.mending != Mending::left_out;
    });
    return found == children.end() ? nullptr : &*found;
}

std::string YamlNode::place() const
{
    return line > 0 ? fmt::format("{}:{}", *source, line) : *source;
}

YamlNode parse_yaml(const std::string& text, const std::string& source)
{
    return parse(text, source, Lines::counted);
}

YamlNode parse_yaml_value(const std::string& text, const std::string& source)
{
    return parse(text, source, Lines::none);
}

std::string emit_yaml(const YamlNode& root)
{
    YAML::Emitter out;
    emit(out, root, 0);
    return std::string(out.c_str(), out.size()) + "\n";
}

}  // namespace plumbline
