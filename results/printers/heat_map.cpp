// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/units.hpp"
#include "results/printers/diagnosis.hpp"
#include "results/records/case_record.hpp"
#include "results/records/run_metadata.hpp"
#include "results/statistics/statistics.hpp"
#include "results/summaries/link_matrix.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace plumbline {
namespace {

constexpr std::size_t widest = 64;

/// Letters from fast to slow, by the time / that of the median link.
struct Shade {
    double up_to;
    char letter;
    std::string_view meaning;
};
constexpr std::array shades{Shade{1.05, '.', "to 5 %"},  Shade{1.1, '-', "to 10 %"},
                            Shade{1.25, '+', "to 25 %"}, Shade{1.5, 'x', "to 50 %"},
                            Shade{2, 'X', "to 100 %"},   Shade{std::numeric_limits<double>::infinity(), '#', "more"}};

char letter_of(double ratio)
{
    const auto found =
        std::find_if(shades.begin(), shades.end(), [&](const Shade& shade) { return ratio <= shade.up_to; });
    return std::isfinite(ratio) ? found->letter : ' ';
}

/// Ranks that share a row and a column.
struct Axis {
    std::vector<std::size_t> cell_of_rank;
    std::vector<std::string> labels;
};

Axis axis_of(const RunMetadata& info, const CaseRecord& record, std::size_t ranks)
{
    const auto world_rank = [&](std::size_t rank) {
        return rank < record.header.world_ranks.size() ? record.header.world_ranks[rank] : static_cast<int>(rank);
    };
    std::vector<int> nodes;
    std::set<int> distinct;
    for (std::size_t rank = 0; rank < ranks; ++rank) {
        const auto place = static_cast<std::size_t>(world_rank(rank));
        nodes.push_back(place < info.places.size() ? info.places[place].node : 0);
        distinct.insert(nodes.back());
    }
    const auto host = [&](int node) {
        const auto i = static_cast<std::size_t>(node);
        return i < info.hosts.size() ? text::printable(info.hosts[i]) : fmt::format("node {}", node);
    };
    Axis axis;
    const bool by_node = distinct.size() > 1 && (ranks > widest || distinct.size() == ranks);
    if (by_node && distinct.size() <= widest) {
        for (const int node : nodes) {
            axis.cell_of_rank.push_back(static_cast<std::size_t>(std::distance(distinct.begin(), distinct.find(node))));
        }
        for (const int node : distinct) {
            axis.labels.push_back(host(node));
        }
        return axis;
    }
    const std::size_t block = (ranks + widest - 1) / widest;
    for (std::size_t rank = 0; rank < ranks; ++rank) {
        axis.cell_of_rank.push_back(rank / block);
        if (rank % block == 0) {
            const std::size_t last = std::min(ranks, rank + block) - 1;
            axis.labels.push_back(last == rank ? fmt::format("{}", world_rank(rank))
                                               : fmt::format("{}-{}", world_rank(rank), world_rank(last)));
        }
    }
    return axis;
}

}  // namespace

void heat_map(std::ostream& out, const RunMetadata& info, const CaseRecord& record, Language language)
{
    const LinkMatrix matrix = link_medians(record);
    std::vector<double> measured;
    std::ranges::transform(matrix.links, std::back_inserter(measured), &LinkTime::seconds);
    const auto middle = median(measured);
    if (!middle) {
        return;
    }
    const Axis axis = axis_of(info, record, matrix.ranks);
    const std::size_t cells = axis.labels.size();
    std::vector<double> slowest(cells * cells, std::numeric_limits<double>::quiet_NaN());
    for (const LinkTime& link : matrix.links) {
        double& cell = slowest[axis.cell_of_rank[static_cast<std::size_t>(link.from)] * cells +
                               axis.cell_of_rank[static_cast<std::size_t>(link.to)]];
        cell = std::fmax(cell, link.seconds / *middle);  // fmax passes over NaN
    }
    out << '\n'
        << text::printable(in(language, say("case {}, {}: row sends to column, median {}", record.header.id,
                                            description(record.header.what), format_seconds(*middle))))
        << '\n';
    std::size_t label_width = 0;
    for (const std::string& label : axis.labels) {
        label_width = std::max(label_width, text::width(label));
    }
    for (std::size_t row = 0; row < cells; ++row) {
        std::string line = std::string(label_width - text::width(axis.labels[row]), ' ') + axis.labels[row] + "  ";
        for (std::size_t column = 0; column < cells; ++column) {
            line += row == column && cells == matrix.ranks ? '\\' : letter_of(slowest[row * cells + column]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }
    std::string legend = in(language, say("time over the median:"));
    for (const Shade& shade : shades) {
        legend += fmt::format(" {} {}{}", shade.letter, in(language, word(shade.meaning)),
                              &shade == &shades.back() ? "" : ",");
    }
    out << legend << '\n';
}

}  // namespace plumbline
