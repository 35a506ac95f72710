// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/all_errors.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

/// From `from` down to `wanted`, both included; empty where it isn't below.
std::vector<YamlNode*> way_to(YamlNode& from, const YamlNode* wanted)
{
    if (&from == wanted) {
        return {&from};
    }
    for (YamlNode& child : from.children) {
        if (std::vector<YamlNode*> way = way_to(child, wanted); !way.empty()) {
            way.insert(way.begin(), &from);
            return way;
        }
    }
    return {};
}

/// Leaves out the last node of the way; false where that is the document itself.
bool leave_out(const std::vector<YamlNode*>& way)
{
    if (way.size() < 2) {
        return false;
    }
    way.back()->mending = Mending::left_out;
    if (way[way.size() - 2]->mending == Mending::none) {
        way[way.size() - 2]->mending = Mending::touched;
    }
    return true;
}

/// Up to the section whose values hang together, where the way goes through one.
std::vector<YamlNode*> to_the_section(std::vector<YamlNode*> way)
{
    constexpr std::array<std::string_view, 2> sections{"simulation", "stop"};
    const auto section = std::ranges::find_if(
        way, [&](const YamlNode* node) { return std::ranges::find(sections, node->key) != sections.end(); });
    if (section != way.end()) {
        way.erase(section + 1, way.end());
    }
    return way;
}

/// So that reading finds the next mistake; false where nothing more can be found.
bool mend(YamlNode& document, const FieldError& error)
{
    const std::vector<YamlNode*> way = way_to(document, error.node());
    if (way.empty()) {
        return false;
    }
    YamlNode& node = *way.back();
    if (node.mending != Mending::none || error.repair().empty()) {
        return leave_out(error.of_key() ? way : to_the_section(way));
    }
    const bool taken = error.of_key() && way.size() > 1 && way[way.size() - 2]->find(error.repair()) != nullptr;
    if (taken) {
        return leave_out(way);
    }
    if (!error.of_key() && to_the_section(way).size() < way.size()) {
        return leave_out(to_the_section(way));
    }
    (error.of_key() ? node.key : node.text) = error.repair();
    node.mending = Mending::touched;
    return true;
}

bool follows_from_mending(YamlNode& document, const FieldError& error)
{
    const std::vector<YamlNode*> way = way_to(document, error.node());
    return !way.empty() && way.back()->mending != Mending::none;
}

/// Line and sentence.
using Mistakes = std::vector<std::pair<int, Sentence>>;

Sentence in_the_order_of_the_file(Mistakes mistakes)
{
    std::ranges::stable_sort(mistakes, {}, &Mistakes::value_type::first);
    std::vector<Sentence> sentences;
    std::ranges::transform(mistakes, std::back_inserter(sentences), &Mistakes::value_type::second);
    return problems_said(sentences);
}

}  // namespace

Sentence all_errors(YamlNode document, const std::function<void(const YamlNode&)>& read)
{
    constexpr int most_readings = 1000;
    Mistakes mistakes;
    for (int reading = 0; reading < most_readings; ++reading) {
        try {
            read(document);
            break;
        } catch (const FieldError& error) {
            if (!follows_from_mending(document, error)) {
                if (mistakes.size() == most_errors) {
                    mistakes.emplace_back(std::numeric_limits<int>::max(),
                                          say("there are more mistakes (20 are above). Mend these first"));
                    break;
                }
                mistakes.emplace_back(error.node()->line, error.said());
            }
            if (!mend(document, error)) {
                break;
            }
        } catch (const ConfigError& error) {
            mistakes.emplace_back(std::numeric_limits<int>::max(), error.said());
            break;
        }
    }
    return in_the_order_of_the_file(std::move(mistakes));
}

}  // namespace plumbline
