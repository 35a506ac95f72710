// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/target_scale.hpp"

#include "results/records/case_identity.hpp"
#include "results/util/text.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>

namespace plumbline {
namespace {

using Cases = std::vector<const CaseSummary*>;

}  // namespace

int size_of(const CaseSummary& c, ScaleUnit unit)
{
    return unit == ScaleUnit::ranks ? c.header.what.ranks : c.header.what.nodes;
}

Sentence scale_text(const ScaleRef& scale)
{
    const int count = scale.count.value_or(0);
    return scale.unit == ScaleUnit::ranks ? ranks_said(count) : nodes_said(count);
}

Cases at_scale(const ScaleRef& scale, const Cases& cases)
{
    int wanted = scale.count.value_or(0);
    for (const CaseSummary* c : cases) {
        wanted = scale.count ? wanted : std::max(wanted, size_of(*c, scale.unit));
    }
    Cases found;
    std::ranges::copy_if(cases, std::back_inserter(found),
                         [&](const CaseSummary* c) { return size_of(*c, scale.unit) == wanted; });
    const auto has_fuller = [&](const CaseSummary* c) {
        return std::ranges::any_of(found, [&](const CaseSummary* other) {
            return other->header.what.ranks > c->header.what.ranks &&
                   same_but_scale(other->header.what, c->header.what);
        });
    };
    Cases fullest;
    std::ranges::copy_if(found, std::back_inserter(fullest), std::not_fn(has_fuller));
    return fullest;
}

}  // namespace plumbline
