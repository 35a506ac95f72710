#include "scenarios/plan_links.hpp"

#include "scenarios/canonical.hpp"

#include <fmt/format.h>

namespace plumbline {

std::vector<CaseIdentity> identities(const LinksSpec& spec)
{
    CaseIdentity what;
    what.pattern = "links";
    what.dtype = DataType::uint8;
    what.parameters["traffic"] = name(spec.traffic);
    what.parameters["passes"] = std::to_string(spec.passes);
    if (spec.level == LinkLevel::node) {
        what.parameters["level"] = name(spec.level);
    }
    if (spec.peers) {
        what.parameters["peers"] = std::to_string(*spec.peers);
        what.parameters["seed"] = std::to_string(spec.seed);
    }
    if (spec.compute_s > 0) {
        what.parameters["compute_s"] = canonical_number(spec.compute_s);
    }
    std::vector<CaseIdentity> all;
    for (const std::uint64_t bytes : spec.bytes) {
        what.bytes = bytes;
        all.push_back(what);
    }
    return all;
}

std::string why_impossible(const LinksSpec& spec, const CaseIdentity& what)
{
    constexpr std::uint64_t most = std::uint64_t{1} << 40U;
    if (what.ranks == 1) {
        return "links needs a partner (there is 1 rank)";
    }
    if (spec.level == LinkLevel::node && what.nodes == 1) {
        return "links between nodes needs two of them (there is 1 node)";
    }
    if (what.bytes > most) {
        return fmt::format("a message of {} B doesn't fit into any memory (at most 2^40 bytes)", what.bytes);
    }
    return {};
}

std::uint64_t buffer_bytes(const LinksSpec&, const CaseIdentity& what)
{
    return 2 * what.bytes;
}

}  // namespace plumbline
