// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"
#include "scenarios/yaml/tree.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {

/// A mistake in a value or in a key of a document.
class FieldError : public ConfigError {
public:
    enum class Of { key, value };
    FieldError(const Sentence& text, const YamlNode* node, Of of, std::string repair)
        : ConfigError(text), node_(node), of_(of), repair_(std::move(repair))
    {
    }
    const YamlNode* node() const noexcept { return node_; }  ///< of the tree that was read, which must be there still
    bool of_key() const noexcept { return of_ == Of::key; }
    const std::string& repair() const noexcept { return repair_; }  ///< the nearest valid key or value; may be empty

private:
    const YamlNode* node_;
    Of of_;
    std::string repair_;
};

/// A value of a document together with its key's path ("cases[2].dtype"), for typed and checked access. Every access
/// that doesn't fit throws a FieldError "FILE:LINE: key 'PATH' is VALUE (why). suggestion". Refers to the tree.
class Field {
public:
    /// The whole document.
    explicit Field(const YamlNode& root) : node_(&root) {}

    const std::string& path() const { return path_; }
    int line() const { return node_->line; }
    bool is_list() const { return node_->kind == YamlNode::Kind::list; }
    bool is_map() const { return node_->kind == YamlNode::Kind::map; }
    bool is_word(std::string_view word) const;

    /// A value that isn't empty.
    const std::string& text() const;
    bool boolean() const;
    std::int64_t integer(std::int64_t low, std::int64_t high = std::numeric_limits<std::int64_t>::max()) const;
    int count(int low) const { return static_cast<int>(integer(low, std::numeric_limits<int>::max())); }
    std::uint64_t seed() const;
    /// A finite number, "0.9", "90%" or "90 %".
    double number() const;
    /// At least one byte.
    std::uint64_t bytes() const;
    double seconds() const;
    double positive_seconds() const;
    double bytes_per_second() const;
    /// One of `valid`, by its index.
    std::size_t choice(std::span<const std::string_view> valid) const;

    /// The entries of a list that isn't empty.
    std::vector<Field> items() const;
    /// The entries of a list that isn't empty, or this value alone.
    std::vector<Field> one_or_more() const;
    /// The values of a map.
    std::vector<Field> members() const;
    const std::string& key() const { return node_->key; }

    /// Value under `key` of this map, or nothing.
    std::optional<Field> find(std::string_view key) const;
    Field require(std::string_view key) const;
    /// Throws unless this is a map with no other keys than `valid`. A key that is one of `known` is said to mean
    /// nothing for `what`.
    void expect_keys(std::string_view what, std::span<const std::string_view> valid,
                     std::span<const std::string_view> known = {}) const;

    /// Throws: "... is VALUE (why). suggestion".
    [[noreturn]] void reject(const Sentence& why, const Sentence& suggestion) const;
    /// Throws for any other problem: "... PROBLEM".
    [[noreturn]] void fail(const Sentence& problem) const;

private:
    Field(const YamlNode& node, std::string path) : node_(&node), path_(std::move(path)) {}
    Field member(const YamlNode& child) const;
    void expect_map() const;
    [[noreturn]] void fail_at(const Sentence& problem, FieldError::Of of, std::string repair) const;
    Sentence shown() const;

    const YamlNode* node_;
    std::string path_;
};

/// Applies "stop.max_seconds=1", "cases.0.bytes=[8, 16]" or "cases[0].bytes=8": sets or adds the value, whose place is
/// then the override. Throws ConfigError where the path leads through something that isn't there.
void apply_override(YamlNode& root, const std::string& assignment);

}  // namespace plumbline
