// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/faults.hpp"

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>

namespace plumbline::fake {

namespace {

/// The number in the first of these that is set, 0 where none is.
int number_in(std::initializer_list<const char*> variables)
{
    for (const char* variable : variables) {
        if (const char* const text = std::getenv(variable)) {
            return std::atoi(text);
        }
    }
    return 0;
}

void set_field(Rule& rule, const std::string& key, const std::string& value)
{
    if (key == "call") {
        rule.call = value;
    } else if (key == "code") {
        rule.code = std::stoi(value);
    } else if (key == "after") {
        rule.after = std::stoull(value);
    } else if (key == "us" || key == "count" || key == "value") {
        rule.value = std::stoll(value);
    } else if (key == "mhz") {
        rule.mhz = std::stoll(value);
    } else {
        throw std::invalid_argument("PLUMBLINE_FAKE: no such field: " + key);
    }
}

/// How often each call was counted for each kind of rule.
std::uint64_t count(std::string_view kind, const char* call)
{
    static std::mutex mutex;
    static std::map<std::pair<std::string, std::string>, std::uint64_t> counts;
    const std::lock_guard lock(mutex);
    return counts[{std::string(kind), call}]++;
}

}  // namespace

std::vector<Rule> parse_rules(std::string_view text, int rank)
{
    std::vector<Rule> rules;
    std::istringstream all{std::string(text)};
    for (std::string one; std::getline(all, one, ';');) {
        std::istringstream words(one);
        Rule rule;
        if (!(words >> rule.kind)) {
            continue;
        }
        bool here = true;
        for (std::string word; words >> word;) {
            const std::size_t equals = word.find('=');
            if (equals == std::string::npos) {
                throw std::invalid_argument("PLUMBLINE_FAKE: not key=value: " + word);
            }
            const std::string key = word.substr(0, equals);
            const std::string value = word.substr(equals + 1);
            if (key == "rank") {
                here = std::stoi(value) == rank;
            } else {
                set_field(rule, key, value);
            }
        }
        if (here) {
            rules.push_back(rule);
        }
    }
    return rules;
}

const std::vector<Rule>& rules()
{
    static const std::vector<Rule> own = [] {
        const char* const text = std::getenv("PLUMBLINE_FAKE");
        return parse_rules(text == nullptr ? "" : text, world_rank());
    }();
    return own;
}

std::optional<Rule> rule_of(std::string_view kind)
{
    for (const Rule& rule : rules()) {
        if (rule.kind == kind) {
            return rule;
        }
    }
    return std::nullopt;
}

std::optional<int> planted_failure(const char* call)
{
    for (const Rule& rule : rules()) {
        if (rule.kind == "fail" && rule.call == call && count("fail", call) >= rule.after) {
            return rule.code;
        }
    }
    return std::nullopt;
}

bool planted(std::string_view kind, const char* call)
{
    for (const Rule& rule : rules()) {
        if (rule.kind == kind && rule.call == call && count(kind, call) >= rule.after) {
            return true;
        }
    }
    return false;
}

int world_rank()
{
    return number_in({"OMPI_COMM_WORLD_RANK", "RANK", "LOCAL_RANK"});
}

int host_rank()
{
    return number_in({"OMPI_COMM_WORLD_LOCAL_RANK", "LOCAL_RANK"});
}

}  // namespace plumbline::fake
