// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace plumbline {

/// What a bisection by rings can find.
enum class BisectKind : std::uint8_t {
    unit,      ///< a node (or rank) that is slow with partners known to be good
    link,      ///< between two units that are fast with others
    boundary,  ///< between two sets of neighbours that are each fast inside
};

struct BisectFinding {
    BisectKind kind = BisectKind::unit;
    std::vector<int> units;         ///< the unit; both ends of the link; or one side of the boundary
    std::vector<int> others;        ///< the boundary's other side; empty: all others
    std::vector<double> seconds;    ///< of the ring that shows it, one value per repetition
    std::vector<double> control_s;  ///< of a ring of known-good units, in the same step where there were enough of them
    bool operator==(const BisectFinding&) const = default;
};

/// Adaptive group testing that locates slow units, links and boundaries. In each step disjoint sets of units form rings
/// that run at the same time (each unit sends to the next and receives from the one before). Every set that is not
/// known to be good is split, and both halves are tested. Where a ring is slow but both halves are fast, the links
/// between the halves are tested. A single unit is tested with two known-good partners, and named by that test. Several
/// such units are then tested together: if they are fast among themselves, their boundary to the others is slow. For
/// one slow unit of n it takes log2(n) + 2 steps or fewer. Pure, and the same on all ranks that are given the same
/// times.
///
/// A ring looks slow when the exact 95 % interval of its median over the fastest ring's lies above `least`. A name
/// needs the same against known-good units in the same step, at a chance of false_names for all names together: the
/// j-th such test has false_names / (j (j + 1)). Nothing is named where all are equally slow, nor where no ring passes:
/// a link between units that are never neighbours.
class BisectionSearch {
public:
    /// A ring of two uses one connection in both directions at once, at half the rate on some transports; longer rings
    /// don't.
    static constexpr std::size_t least_ring = 3;
    static constexpr double least = 1.04;
    static constexpr double false_names = 0.01;

    explicit BisectionSearch(int units);

    /// Rings of the next step, each of two units or more, in ring order; empty where nothing is left to test.
    std::vector<std::vector<int>> next() const;
    /// [ring of next()][repetition] seconds of the slowest member.
    void add(std::vector<std::vector<double>> seconds);

    int steps() const { return steps_; }
    const std::vector<BisectFinding>& findings() const { return findings_; }
    std::size_t cleared() const { return cleared_; }        ///< sets that looked slow until the last test
    std::size_t unresolved() const { return unresolved_; }  ///< slow sets without a known-good unit left to test with
    /// Of the fastest ring; nothing before the first step.
    const std::vector<double>& reference_s() const { return reference_s_; }

private:
    using Units = std::vector<int>;
    enum class Side : std::uint8_t { below, above };
    enum class Purpose : std::uint8_t { whole, half, single, seam, zip, joint, control };
    struct Seam {
        Units a, b;
        bool zip = false;                       ///< both ends of the seam are slow: are all links across it?
        std::vector<Seam> outer = {};           ///< as Set::outer
        std::vector<double> first_s, second_s;  ///< of the two ends
    };
    struct Set {
        Units units;
        std::vector<double> seconds;  ///< of its ring
        std::vector<Seam> outer =
            {};  ///< of enclosing sets whose other half was fast: tested next if this set leads to nothing
    };
    struct Ring {
        Units units;
        Purpose purpose = Purpose::whole;
        std::size_t of = 0;    ///< index into the open sets or seams
        std::size_t part = 0;  ///< first or second half, or end
        std::vector<double> seconds;
    };

    void plan();
    bool plan_set(std::size_t index, std::set<int>& used);
    bool plan_seam(std::size_t index, std::set<int>& used);
    void plan_joint(std::set<int>& used);
    void settle_joint(const Ring& ring);
    void plan_control(const std::set<int>& used);
    Units filled(Units units, Side side, const std::set<int>& taken) const;
    bool looks_slow(const std::vector<double>& seconds) const;
    bool is_slow(const std::vector<double>& seconds);
    const std::vector<double>& control() const;
    void fall_back(std::vector<Seam> outer);
    void settle_set(const Set& set, const std::vector<const Ring*>& rings);
    void settle_seam(Seam seam, const std::vector<const Ring*>& rings);
    void name(BisectKind kind, Units units, Units others, const std::vector<double>& seconds);
    Units beside(const Units& units, int unit) const;

    int units_;
    int steps_ = 0;
    std::vector<Set> open_;
    std::vector<Seam> seams_;
    std::vector<Ring> planned_;
    std::set<int> good_;
    std::vector<Units> good_rings_;
    int named_tests_ = 0;
    std::vector<std::vector<double>> seen_;  ///< of all rings so far
    std::vector<double> reference_s_;
    bool contrast_ = false;                  ///< some ring is slower than another
    std::vector<BisectFinding> candidates_;  ///< units, before they are tested together
    std::vector<BisectFinding> findings_;
    std::size_t cleared_ = 0;
    std::size_t unresolved_ = 0;
};

}  // namespace plumbline
