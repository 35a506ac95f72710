// SPDX-License-Identifier: Apache-2.0
#include "results/records/identity_parameters.hpp"

#include "results/util/named.hpp"

namespace plumbline {

namespace {

constexpr std::array regimes{Named{"drained", TimingRegime::drained}, Named{"chained", TimingRegime::chained}};

}  // namespace

std::optional<std::string> text_parameter(const CaseIdentity& what, const std::string& name)
{
    const auto found = what.parameters.find(name);
    return found == what.parameters.end() ? std::nullopt : std::optional(found->second);
}

PairLayout pair_layout(const CaseIdentity& what)
{
    const auto text = text_parameter(what, "pairs");
    return text ? parse_pair_layout(*text).value_or(PairLayout::adjacent) : PairLayout::adjacent;
}

std::optional<double> share_of_pairs_across(const CaseIdentity& what, std::span<const int> nodes)
{
    const auto collective = parse_collective(what.pattern);
    if (!collective || !info(*collective).pairs) {
        return std::nullopt;
    }
    const PairLayout layout = pair_layout(what);
    const int ranks = static_cast<int>(nodes.size());
    int paired = 0;
    int crossing = 0;
    for (int rank = 0; rank < ranks; ++rank) {
        if (const auto other = partner(layout, rank, ranks)) {
            ++paired;
            crossing += nodes[static_cast<std::size_t>(rank)] != nodes[static_cast<std::size_t>(*other)] ? 1 : 0;
        }
    }
    return paired > 0 ? std::optional(static_cast<double>(crossing) / paired) : std::nullopt;
}

int message_window(const CaseIdentity& what)
{
    return number_parameter<int>(what, "window").value_or(1);
}

std::string_view name(TimingRegime regime)
{
    return name_in(regimes, regime);
}

std::optional<TimingRegime> parse_timing_regime(std::string_view text)
{
    return find_in(regimes, text);
}

void set_timing(CaseIdentity& what, const Timing& timing)
{
    what.parameters.erase("timing");
    what.parameters.erase("chain");
    if (timing.regime == TimingRegime::chained) {
        what.parameters["timing"] = name(timing.regime);
        what.parameters["chain"] = std::to_string(timing.chain);
    }
}

Timing timing_of(const CaseIdentity& what)
{
    const auto text = text_parameter(what, "timing");
    const auto regime = text ? parse_timing_regime(*text) : std::nullopt;
    if (regime != TimingRegime::chained) {
        return {};
    }
    return {.regime = *regime, .chain = number_parameter<std::uint32_t>(what, "chain").value_or(usual_chain)};
}

bool is_chained(const CaseIdentity& what)
{
    return timing_of(what).regime == TimingRegime::chained;
}

}  // namespace plumbline
