#include "scenarios/plan_links.hpp"

#include "scenarios/canonical.hpp"

#include <fmt/format.h>

namespace plumbline {

namespace {

std::string why_too_long(const CaseIdentity& what)
{
    constexpr std::uint64_t most = std::uint64_t{1} << 40U;
    return what.bytes > most
               ? fmt::format("a message of {} B doesn't fit into any memory (at most 2^40 bytes)", what.bytes)
               : std::string();
}

}  // namespace

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
    if (what.ranks == 1) {
        return "links needs a partner (there is 1 rank)";
    }
    if (spec.level == LinkLevel::node && what.nodes == 1) {
        return "links between nodes needs two of them (there is 1 node)";
    }
    return why_too_long(what);
}

std::uint64_t buffer_bytes(const LinksSpec&, const CaseIdentity& what)
{
    return 2 * what.bytes;
}

std::vector<CaseIdentity> identities(const BisectSpec& spec)
{
    CaseIdentity what;
    what.pattern = "bisect";
    what.dtype = DataType::uint8;
    what.parameters["repetitions"] = std::to_string(spec.repetitions);
    std::vector<CaseIdentity> all;
    for (const std::uint64_t bytes : spec.bytes) {
        what.bytes = bytes;
        all.push_back(what);
    }
    return all;
}

std::string why_impossible(const BisectSpec&, const CaseIdentity& what)
{
    return what.ranks == 1 ? "bisect needs a ring (there is 1 rank)" : why_too_long(what);
}

std::uint64_t buffer_bytes(const BisectSpec&, const CaseIdentity& what)
{
    return 2 * what.bytes;
}

}  // namespace plumbline
