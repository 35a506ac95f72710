// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/sim/faults.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/backends/sim/virtual_time.hpp"
#include "collectives/patterns/pairwise.hpp"
#include "results/diagnosis/retest.hpp"
#include "results/diagnosis/suspects.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace plumbline::test {

/// A link between `size` successive ranks and all others, each way as fast as so many of theirs: those that send, or
/// receive, through it at once share it evenly.
struct NarrowTrunk {
    int first = 0;
    int size = 0;
    double links = 1;
    bool holds(int rank) const { return rank >= first && rank < first + size; }
};

/// What a links case one way finds on a simulated cluster, worked out without its threads: the same costs, the same
/// order of business (passes, then the rounds of suspects), noise of its own draw.
class SimulatedSweep {
public:
    SimulatedSweep(const sim::Cluster& cluster, int ranks, const PairwiseSpec& spec, const NarrowTrunk& trunk = {})
        : cluster_(cluster),
          trunk_(trunk),
          spec_(spec),
          nodes_(nodes_of(cluster, ranks)),
          schedule_(spec, nodes_.of_rank),
          drawn_(static_cast<std::size_t>(ranks * ranks))
    {
        survey_.ranks = ranks;
        survey_.nodes = nodes_;
        survey_.bytes = spec.bytes.empty() ? 0 : spec.bytes.front();
    }

    PairwiseSamples run()
    {
        for (int pass = 0; pass < spec_.passes; ++pass) {
            for (int round = 0; round < schedule_.rounds(); ++round) {
                take(round, survey_.sweep);
            }
        }
        const auto rounds = matchings_to_retest(schedule_, find_suspects(survey_), nodes_);
        for (int repetition = 0; repetition < retest_passes; ++repetition) {
            for (const int round : rounds) {
                take(round, survey_.retest);
            }
        }
        take_compute();
        return survey_;
    }

private:
    static RankNodes nodes_of(const sim::Cluster& cluster, int ranks)
    {
        std::vector<int> nodes;
        for (int rank = 0; rank < ranks; ++rank) {
            nodes.push_back(rank / cluster.ranks_per_node);
        }
        return RankNodes(nodes);
    }

    void take(int round, std::vector<LinkMessage>& messages)
    {
        for (const int phase : {0, 1}) {
            std::vector<LinkMessage> at_once;
            double out = 0;  // of the trunk
            double in = 0;
            for (int from = 0; from < survey_.ranks; ++from) {
                const auto to = schedule_.partner(round, from);
                if (to && schedule_.phase(round, from) == phase) {
                    at_once.push_back({from, *to, 0});
                    out += trunk_.holds(from) && !trunk_.holds(*to) ? 1 : 0;
                    in += !trunk_.holds(from) && trunk_.holds(*to) ? 1 : 0;
                }
            }
            for (LinkMessage& message : at_once) {
                const bool through = trunk_.holds(message.from) != trunk_.holds(message.to);
                const double sharing = through ? (trunk_.holds(message.from) ? out : in) / trunk_.links : 0;
                message.seconds = message_s(message.from, message.to, std::max(sharing, 1.0));
                messages.push_back(message);
            }
        }
    }

    double message_s(int from, int to, double sharing)
    {
        const double there_s =
            cluster_.latency_s + static_cast<double>(survey_.bytes) * sharing / cluster_.bandwidth_bytes_per_s;
        const double back_s = cluster_.latency_s;
        return there_s * sim::link_factor(cluster_, from, to) * noise(from, to) +
               back_s * sim::link_factor(cluster_, to, from) * noise(to, from);
    }

    double noise(int from, int to)
    {
        return sim::noise_factor(cluster_, sim::hash_of({sim::as_word(from), sim::as_word(to)}),
                                 drawn_[static_cast<std::size_t>(from * survey_.ranks + to)]++);
    }

    void take_compute()
    {
        constexpr int rows_a_pass = 4;
        if (spec_.compute_s <= 0) {
            return;
        }
        survey_.compute.resize(nodes_.of_rank.size());
        for (int rank = 0; rank < survey_.ranks; ++rank) {
            for (int i = 0; i < rows_a_pass * spec_.passes; ++i) {
                survey_.compute[static_cast<std::size_t>(rank)].push_back(
                    spec_.compute_s * sim::compute_factor(cluster_, rank) * noise(rank, rank));
            }
        }
    }

    const sim::Cluster& cluster_;
    NarrowTrunk trunk_;
    PairwiseSpec spec_;
    RankNodes nodes_;
    PairwiseSchedule schedule_;
    PairwiseSamples survey_;
    std::vector<std::uint64_t> drawn_;  ///< [from * ranks + to]
};

}  // namespace plumbline::test
