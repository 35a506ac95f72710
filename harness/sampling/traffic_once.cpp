// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/traffic_once.hpp"

namespace plumbline {

std::shared_ptr<const TrafficMatrix> TrafficOnce::of(const CollectiveSpec& spec, const CaseIdentity& what)
{
    if (spec.skew == SkewKind::matrix) {
        return std::make_shared<const TrafficMatrix>(spec.matrix_bytes, what.ranks, what.dtype);
    }
    const Drawn asked{.kind = spec.skew,
                      .ranks = what.ranks,
                      .most_elements = what.bytes / size_of(what.dtype),
                      .factor = spec.skew_factor,
                      .seed = spec.skew_seed};
    if (!traffic_ || asked != last_) {
        traffic_ = std::make_shared<const TrafficMatrix>(
            TrafficMatrix::with_bottleneck(asked.kind, asked.ranks, asked.most_elements, asked.factor, asked.seed));
        last_ = asked;
    }
    return traffic_;
}

}  // namespace plumbline
