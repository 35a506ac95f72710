// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What was done to a node so that the rest of a document with mistakes can be read.
enum class Mending {
    none,
    touched,   ///< it was changed, or something in it was left out
    left_out,  ///< as if it weren't there
};

/// A YAML document as a plain tree; each node knows where it was written.
struct YamlNode {
    enum class Kind { null, scalar, list, map };
    Kind kind = Kind::null;
    std::string text;                           ///< scalar only
    std::string key;                            ///< under which it stands in its map; empty elsewhere
    std::vector<YamlNode> children;             ///< of a list, of a map (in the order as written, keys differ)
    std::shared_ptr<const std::string> source;  ///< name of the file, or the override that it comes from
    int line = 0;                               ///< first is 1; 0 where `source` has no lines
    Mending mending = Mending::none;            ///< see all_errors()

    /// The value under `wanted`, or null where there is none or it is left out.
    const YamlNode* find(std::string_view wanted) const;
    /// "FILE:LINE", or the source alone where it has no lines.
    std::string place() const;
};

/// Longer texts aren't read.
inline constexpr std::size_t max_yaml_bytes = std::size_t{1} << 20U;

/// Parses one document. Throws ConfigError "FILE:LINE: ..." for bad syntax, a key that stands twice, more than
/// max_yaml_bytes, more than 64 levels, anchors, aliases, tags, and text that isn't UTF-8.
YamlNode parse_yaml(const std::string& text, const std::string& source);
/// As above for text that isn't a file: messages name `source` without a line.
YamlNode parse_yaml_value(const std::string& text, const std::string& source);

/// Text that parses to the same tree: the top level in block style, what is deeper than an entry of a list in flow
/// style.
std::string emit_yaml(const YamlNode& root);

}  // namespace plumbline
