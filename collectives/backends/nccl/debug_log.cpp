// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/debug_log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::nccl {

namespace {

/// Log lines are other people's text: a value is cut at this length.
constexpr std::size_t longest_value = 200;

/// What stands behind `marker` in `line`.
std::optional<std::string_view> after(std::string_view line, std::string_view marker)
{
    const std::size_t at = line.find(marker);
    return at == std::string_view::npos ? std::nullopt : std::optional(line.substr(at + marker.size()));
}

std::string_view first_word(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text.substr(0, text.find(' '));
}

bool is_number(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "NET/IB/4/GDRDMA" -> "NET/IB/GDRDMA": the number of a NIC is no other transport.
std::string without_numbers(std::string_view transport)
{
    std::string text;
    while (!transport.empty()) {
        const std::string_view part = transport.substr(0, transport.find('/'));
        transport.remove_prefix(std::min(part.size() + 1, transport.size()));
        if (!is_number(part)) {
            text += (text.empty() ? "" : "/") + std::string(part);
        }
    }
    return text;
}

/// "[0]mlx5_0:1/IB [1]mlx5_1:1/IB [RO]; OOB ..." -> the names behind a number.
std::vector<std::string> nics_in(std::string_view list)
{
    std::vector<std::string> names;
    list = list.substr(0, list.find(';'));
    while (!list.empty()) {
        const std::string_view word = first_word(list);
        list.remove_prefix(std::min(list.find(word) + word.size(), list.size()));
        const std::size_t close = word.find(']');
        if (word.starts_with('[') && close != std::string_view::npos && is_number(word.substr(1, close - 1))) {
            names.emplace_back(word.substr(close + 1));
        }
        if (word.empty()) {
            break;
        }
    }
    return names;
}

/// A choice of NCCL's tuner, and the sizes for which it was made.
struct Choice {
    std::string function, algorithm, protocol;
    std::uint64_t least = 0, most = 0;
};

/// "AllReduce: 4096 Bytes -> Algo TREE proto LL channel{Lo..Hi}={0..1}"
std::optional<Choice> choice_in(std::string_view line)
{
    const auto text = after(line, "NCCL INFO ");
    const auto what = text ? after(*text, " Bytes -> Algo ") : std::nullopt;
    const auto protocol = what ? after(*what, " proto ") : std::nullopt;
    const std::size_t colon = text ? text->find(':') : std::string_view::npos;
    if (!protocol || colon == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view digits = first_word(text->substr(colon + 1));
    std::uint64_t bytes = 0;
    if (!is_number(digits) || std::from_chars(digits.data(), digits.data() + digits.size(), bytes).ec != std::errc{}) {
        return std::nullopt;
    }
    return Choice{.function = std::string(text->substr(0, colon)),
                  .algorithm = std::string(first_word(*what)),
                  .protocol = std::string(first_word(*protocol)),
                  .least = bytes,
                  .most = bytes};
}

class Reader {
public:
    void read(std::string_view line)
    {
        if (const auto version = after(line, "NCCL version ")) {
            note("version", first_word(*version));
        }
        if (!after(line, "NCCL INFO ")) {
            return;
        }
        if (const auto network = after(line, "Using network ")) {
            note("network", *network);
        }
        const auto net = after(line, " NET/");
        if (const auto list = net ? after(*net, ": Using ") : std::nullopt) {
            for (std::string& name : nics_in(*list)) {
                add(nics_, std::move(name));
            }
        }
        if (const auto rdma = after(line, "GPU Direct RDMA ")) {
            note("GPU Direct RDMA", first_word(*rdma));
        }
        if (const auto channel = after(line, "NCCL INFO Channel ")) {
            read_channel(*channel);
        }
        if (const auto multicast = after(line, "NVLS multicast support is ")) {
            note("NVLS", multicast->starts_with("not ") ? "not available" : "available");
        }
        if (after(line, "NVLS comm 0x") || after(line, "via NVLS")) {
            facts_["NVLS"] = "used";
        }
        if (after(line, "COLLNET") || after(line, "CollNet/SHARP") || after(line, "CollNet 0")) {
            note("CollNet", "used");
        }
        if (auto choice = choice_in(line)) {
            merge(std::move(*choice));
        }
    }

    Facts facts() const
    {
        Facts facts;
        const auto give = [&](const char* name, const std::string& value) {
            if (!value.empty()) {
                facts.emplace_back(name, value.substr(0, longest_value));
            }
        };
        const auto noted = [&](const char* name) {
            const auto fact = facts_.find(name);
            give(name, fact == facts_.end() ? "" : fact->second);
        };
        noted("version");
        noted("network");
        give("NICs", fmt::format("{}", fmt::join(nics_, ", ")));
        noted("GPU Direct RDMA");
        give("transports", fmt::format("{}", fmt::join(transports_, ", ")));
        noted("channels");
        noted("NVLS");
        noted("CollNet");
        std::string algorithms;
        for (const Choice& choice : choices_) {
            algorithms += fmt::format("{}{} {} to {} B: {} {}", algorithms.empty() ? "" : "; ", choice.function,
                                      choice.least, choice.most, choice.algorithm, choice.protocol);
        }
        if (!algorithms.empty()) {
            facts.emplace_back("algorithms", std::move(algorithms));
        }
        return facts;
    }

private:
    /// The first line that says it counts.
    void note(const char* name, std::string_view value) { facts_.emplace(name, std::string(value)); }

    static void add(std::vector<std::string>& list, std::string one)
    {
        constexpr std::size_t most = 64;
        if (list.size() < most && std::ranges::find(list, one) == list.end()) {
            list.push_back(std::move(one));
        }
    }

    /// "00/24 :    0   1   2" or "00/0 : 0[0] -> 1[1] via P2P/CUMEM"
    void read_channel(std::string_view text)
    {
        const std::string_view number = first_word(text);
        const std::size_t slash = number.find('/');
        if (const auto via = after(text, " via ")) {
            std::string transport = without_numbers(first_word(*via));
            if (!transport.empty()) {
                add(transports_, std::move(transport));
            }
        } else if (slash != std::string_view::npos && is_number(number.substr(slash + 1))) {
            note("channels", number.substr(slash + 1));
        }
    }

    /// Neighbouring sizes with the same choice are one.
    void merge(Choice choice)
    {
        constexpr std::size_t most = 256;
        for (Choice& known : choices_) {
            if (known.function == choice.function && known.algorithm == choice.algorithm &&
                known.protocol == choice.protocol) {
                known.least = std::min(known.least, choice.least);
                known.most = std::max(known.most, choice.most);
                return;
            }
        }
        if (choices_.size() < most) {
            choices_.push_back(std::move(choice));
        }
    }

    std::map<std::string, std::string> facts_;
    std::vector<std::string> nics_;
    std::vector<std::string> transports_;
    std::vector<Choice> choices_;
};

}  // namespace

Facts read_debug_log(std::string_view log)
{
    Reader reader;
    while (!log.empty()) {
        std::string_view line = log.substr(0, log.find('\n'));
        log.remove_prefix(std::min(line.size() + 1, log.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        reader.read(line);
    }
    return reader.facts();
}

}  // namespace plumbline::nccl
