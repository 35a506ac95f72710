// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace plumbline {

/// How many places for a value a text has: "{}" with or without a format.
constexpr std::size_t count_places(std::string_view text)
{
    std::size_t places = 0;
    for (const char c : text) {
        places += c == '{' ? 1U : 0U;
    }
    return places;
}

/// What is said to a person: an English text with places for values, which is its key in the catalogue of every
/// language (results/texts), and the values. A value may be a sentence itself. What others said (a name, a path, a
/// system's own words) is a literal: it has no places and is the same in all languages.
class Sentence {
public:
    Sentence() = default;
    // Literals, implicit: where nothing is translated nothing is written.
    Sentence(std::string literal) : text_(std::move(literal)) {}  // NOLINT(google-explicit-constructor)
    Sentence(std::string_view literal) : text_(literal) {}        // NOLINT(google-explicit-constructor)
    Sentence(const char* literal) : text_(literal) {}             // NOLINT(google-explicit-constructor)
    /// `text` with "{}" for each value, in their order.
    Sentence(std::string text, std::vector<Sentence> values)
        : text_(std::move(text)), values_(std::move(values)), is_key_(true)
    {
    }

    bool empty() const { return text_.empty(); }
    const std::string& text() const { return text_; }
    const std::vector<Sentence>& values() const { return values_; }
    /// Whether `text` is a key of the catalogues.
    bool is_key() const { return is_key_; }
    /// Whether it is somebody's own words, which nobody looks for in a catalogue.
    bool is_verbatim() const { return is_verbatim_; }
    std::string english() const;
    explicit operator std::string() const { return english(); }

    /// Equal where they read the same in English.
    friend bool operator==(const Sentence& a, const Sentence& b) { return a.english() == b.english(); }
    friend std::ostream& operator<<(std::ostream& out, const Sentence& sentence) { return out << sentence.english(); }

private:
    std::string text_;
    std::vector<Sentence> values_;
    bool is_key_ = false;
    bool is_verbatim_ = false;

    friend Sentence verbatim(std::string_view text);
};

/// What a user wrote: a target's name or definition, which reads the same in all languages even where it looks like a
/// sentence of ours ("90 % of the 475 GB/s that is published").
inline Sentence verbatim(std::string_view text)
{
    Sentence words(text);
    words.is_verbatim_ = true;
    return words;
}

/// `text` with its places, "{}" or "{0}" to "{9}", filled with `values`. Throws nothing: a place without a value stays.
std::string fill_places(std::string_view text, const std::vector<std::string>& values);

/// A text that is written in the source, with a place for each of `Values`: anything else doesn't compile.
template <class... Values>
struct SentenceText {
    template <std::size_t N>
    consteval SentenceText(const char (&written)[N]) : text(written, N - 1)  // NOLINT
    {
        if (count_places(text) != sizeof...(Values)) {
            throw "a sentence has a place for each of its values";
        }
    }
    std::string_view text;
};

namespace sentence_detail {

/// The place at `index` of a text, "{:.3g}"; and the text without its formats, "{}".
std::string place(std::string_view text, std::size_t index);
std::string key(std::string_view text);

template <class Value>
Sentence value_of(std::string_view text, std::size_t index, const Value& value)
{
    if constexpr (std::is_same_v<Value, Sentence>) {
        return value;
    } else {
        return fmt::vformat(place(text, index), fmt::make_format_args(value));
    }
}

}  // namespace sentence_detail

/// say("missed by {:.2g} % of {}", 12.5, target): numbers are formatted as they are said.
template <class... Values>
Sentence say(SentenceText<std::type_identity_t<Values>...> text, const Values&... values)
{
    std::size_t next = 0;
    std::vector<Sentence> all;
    all.reserve(sizeof...(Values));
    (all.push_back(sentence_detail::value_of(text.text, next++, values)), ...);
    return {sentence_detail::key(text.text), std::move(all)};
}

/// A word of a fixed vocabulary, such as the name of a status.
inline Sentence word(std::string_view text)
{
    return {std::string(text), {}};
}

/// "1 rank", "4 ranks": `one` and `many` are words of the catalogue with their count, "{} rank" and "{} ranks".
inline Sentence count_said(long long count, std::string_view one, std::string_view many)
{
    return {std::string(count == 1 ? one : many), {Sentence(std::to_string(count))}};
}
inline Sentence ranks_said(int ranks)
{
    return count_said(ranks < 0 ? 0 : ranks, "{} rank", "{} ranks");
}
inline Sentence nodes_said(int nodes)
{
    return count_said(nodes < 0 ? 0 : nodes, "{} node", "{} nodes");
}

/// "a, b, c".
Sentence list_of(const std::vector<Sentence>& parts);

/// Several problems of one input, each on a line of its own behind the program's name, which the first one gets from
/// who prints them.
Sentence problems_said(const std::vector<Sentence>& problems);

}  // namespace plumbline

template <>
struct fmt::formatter<plumbline::Sentence> : fmt::formatter<std::string> {
    template <class Context>
    auto format(const plumbline::Sentence& sentence, Context& context) const
    {
        return fmt::formatter<std::string>::format(sentence.english(), context);
    }
};
