// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/sentence.hpp"

#include <algorithm>

namespace plumbline {

std::string fill_places(std::string_view text, const std::vector<std::string>& values)
{
    std::string filled;
    std::size_t next = 0;
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) {
            return filled.append(text);
        }
        filled += text.substr(0, open);
        const std::string_view number = text.substr(open + 1, close - open - 1);
        const bool numbered = number.size() == 1 && number.front() >= '0' && number.front() <= '9';
        const std::size_t index = numbered ? static_cast<std::size_t>(number.front() - '0') : next++;
        filled += index < values.size() ? std::string_view(values[index]) : text.substr(open, close - open + 1);
        text.remove_prefix(close + 1);
    }
    return filled;
}

std::string Sentence::english() const
{
    if (values_.empty()) {
        return text_;
    }
    std::vector<std::string> texts;
    std::ranges::transform(values_, std::back_inserter(texts), &Sentence::english);
    return fill_places(text_, texts);
}

Sentence list_of(const std::vector<Sentence>& parts)
{
    Sentence all;
    for (const Sentence& part : parts) {
        all = all.empty() ? part : say("{}, {}", all, part);
    }
    return all;
}

Sentence problems_said(const std::vector<Sentence>& problems)
{
    Sentence all;
    for (const Sentence& problem : problems) {
        all = all.empty() ? problem : say("{}\nplumbline: {}", all, problem);
    }
    return all;
}

namespace sentence_detail {

std::string place(std::string_view text, std::size_t index)
{
    std::size_t open = text.find('{');
    for (std::size_t i = 0; i < index; ++i) {
        open = text.find('{', open + 1);
    }
    return std::string(text.substr(open, text.find('}', open) - open + 1));
}

std::string key(std::string_view text)
{
    std::string plain;
    bool inside = false;
    for (const char c : text) {
        inside = inside && c != '}';
        if (!inside) {
            plain += c;
        }
        inside = inside || c == '{';
    }
    return plain;
}

}  // namespace sentence_detail
}  // namespace plumbline
