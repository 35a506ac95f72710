// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/projection.hpp"

#include "results/statistics/linear_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

namespace plumbline {
namespace {

/// Forms of one term.
struct Basis {
    std::string text;
    std::function<double(double)> at;
};

const std::vector<Basis>& physical_bases()
{
    static const std::vector<Basis> bases{{"1", [](double) { return 1.0; }},
                                          {"1/n", [](double n) { return 1 / n; }},
                                          {"(n-1)/n", [](double n) { return (n - 1) / n; }},
                                          {"1/sqrt(n)", [](double n) { return 1 / std::sqrt(n); }},
                                          {"log2(n)", [](double n) { return std::log2(n); }},
                                          {"sqrt(n)", [](double n) { return std::sqrt(n); }},
                                          {"n", [](double n) { return n; }}};
    return bases;
}

using Form = std::vector<Basis>;

/// Sums of up to `terms` bases.
std::vector<Form> physical_forms(std::size_t terms)
{
    const auto& bases = physical_bases();
    std::vector<Form> forms;
    for (std::uint32_t set = 1; set < (1U << bases.size()); ++set) {
        Form form;
        for (std::size_t i = 0; i < bases.size(); ++i) {
            if ((set >> i & 1U) != 0) {
                form.push_back(bases[i]);
            }
        }
        if (form.size() <= terms) {
            forms.push_back(std::move(form));
        }
    }
    return forms;
}

/// Extra-P's normal form with one term beside the constant.
std::vector<Form> normal_forms()
{
    constexpr std::array exponents{0.0, 0.25, 1.0 / 3, 0.5, 2.0 / 3, 0.75, 1.0, 1.25, 1.5, 2.0};
    std::vector<Form> forms;
    for (const double i : exponents) {
        for (const int j : {0, 1, 2}) {
            if (i == 0 && j == 0) {
                continue;
            }
            forms.push_back({physical_bases().front(), {fmt::format("n^{:.3g} log2(n)^{}", i, j), [i, j](double n) {
                                                            return std::pow(n, i) * std::pow(std::log2(n), j);
                                                        }}});
        }
    }
    return forms;
}

struct Fit {
    std::vector<double> coefficients;
    double at(const Form& form, double n) const
    {
        double sum = 0;
        for (std::size_t i = 0; i < form.size(); ++i) {
            sum += coefficients[i] * form[i].at(n);
        }
        return sum;
    }
};

/// Least squares of the relative error.
Fit fit(const Form& form, std::span<const ScalePoint> points)
{
    LinearSystem system;
    for (const ScalePoint& point : points) {
        std::vector<double> row;
        for (const Basis& basis : form) {
            row.push_back(basis.at(point.ranks) / point.seconds);
        }
        system.rows.push_back(std::move(row));
        system.values.push_back(1);
    }
    return {.coefficients = non_negative_least_squares(system)};
}

/// Relative error, root mean square over the points, each predicted from the others.
double left_out_error(const Form& form, std::span<const ScalePoint> points)
{
    double sum = 0;
    for (std::size_t left_out = 0; left_out < points.size(); ++left_out) {
        std::vector<ScalePoint> others(points.begin(), points.end());
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(left_out));
        const ScalePoint& point = points[left_out];
        const double error = fit(form, others).at(form, point.ranks) / point.seconds - 1;
        sum += error * error;
    }
    return std::sqrt(sum / static_cast<double>(points.size()));
}

double sigma_of(const ScalePoint& point, double confidence)
{
    return point.relative_error / normal_quantile(0.5 + confidence / 2);
}

/// Standard error of the form's prediction: each point in turn is moved by its own standard error in both directions.
double standard_error(const Form& form, std::span<const ScalePoint> points, double ranks, double confidence)
{
    std::vector<ScalePoint> moved(points.begin(), points.end());
    double sum = 0;
    for (ScalePoint& point : moved) {
        const ScalePoint still = point;
        const double sigma = sigma_of(point, confidence);
        point.seconds = still.seconds * (1 + sigma);
        const double above = fit(form, moved).at(form, ranks);
        point.seconds = still.seconds * (1 - sigma);
        const double below = fit(form, moved).at(form, ranks);
        point = still;
        sum += (above - below) * (above - below) / 4;
    }
    return std::sqrt(sum);
}

std::string text_of(const Form& form, const Fit& fitted)
{
    std::string text;
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (fitted.coefficients[i] == 0) {
            continue;
        }
        const std::string term = form[i].text == "1"              ? ""
                                 : form[i].text.starts_with("1/") ? form[i].text.substr(1)
                                                                  : " " + form[i].text;
        text += fmt::format("{}{:.3g}{}", text.empty() ? "" : " + ", fitted.coefficients[i], term);
    }
    return text.empty() ? "0" : text;
}

/// Removes duplicates: a coefficient of 0 leaves a smaller form.
std::vector<ProjectedForm> candidates_of(std::span<const ScalePoint> points, double ranks, double confidence)
{
    constexpr std::size_t points_for_normal_form = 5;
    std::vector<Form> forms = physical_forms(points.size() > fewest_points ? 3 : 2);
    if (points.size() >= points_for_normal_form) {
        const auto more = normal_forms();
        forms.insert(forms.end(), more.begin(), more.end());
    }
    std::map<std::string, ProjectedForm> distinct;
    for (const Form& form : forms) {
        const Fit fitted = fit(form, points);
        ProjectedForm candidate;
        candidate.formula = text_of(form, fitted);
        candidate.seconds = fitted.at(form, ranks);
        candidate.error = left_out_error(form, points);
        candidate.standard_error = standard_error(form, points, ranks, confidence);
        const auto known = distinct.find(candidate.formula);
        if (known == distinct.end() || candidate.error < known->second.error) {
            distinct[candidate.formula] = std::move(candidate);
        }
    }
    std::vector<ProjectedForm> candidates;
    for (auto& [formula, candidate] : distinct) {
        candidates.push_back(std::move(candidate));
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const ProjectedForm& a, const ProjectedForm& b) { return a.error < b.error; });
    return candidates;
}

/// Error of a prediction beside the choice of its form: its points' errors, and the residual of the best form, which
/// grows with the distance.
double noise_of(std::span<const ScalePoint> points, double error, double ratio, double confidence)
{
    double widest = 0;
    for (const ScalePoint& point : points) {
        widest = std::max(widest, point.relative_error);
    }
    const double quantile = normal_quantile(0.5 + confidence / 2);
    return std::max(widest, quantile * error * std::sqrt(std::max(ratio, 1.0)));
}

double largest_sigma(std::span<const ScalePoint> points, double confidence)
{
    double largest = 0;
    for (const ScalePoint& point : points) {
        largest = std::max(largest, sigma_of(point, confidence));
    }
    return largest;
}

/// Largest leave-one-out error of a form that is kept.
double allowed_error(std::span<const ScalePoint> points, double best, double confidence)
{
    constexpr std::size_t points_that_tell = 5;
    constexpr double tolerance = 1.5;
    // No form is the truth, however exact the points are.
    constexpr double least = 0.02;
    // Few points can't distinguish forms that miss none of them by more than a twentieth.
    constexpr double plausible = 0.05;
    const double known_to = tolerance * largest_sigma(points, confidence);
    return points.size() >= points_that_tell ? std::max({least, tolerance * best, known_to})
                                             : std::max({plausible, 2 * best, known_to});
}

/// Continuations of the last three points alone, by every sum of two terms through them. The term n is left out: three
/// points are always compatible with some of it.
std::vector<double> continuations(std::span<const ScalePoint> points, double ranks, double confidence)
{
    constexpr double meets = 0.01;
    const auto last = points.last(fewest_points);
    std::vector<double> seconds;
    for (const Form& form : physical_forms(2)) {
        const Fit fitted = fit(form, last);
        double sum = 0;
        for (const ScalePoint& point : last) {
            const double miss = fitted.at(form, point.ranks) / point.seconds - 1;
            sum += miss * miss;
        }
        const bool linear = std::any_of(form.begin(), form.end(), [](const Basis& basis) { return basis.text == "n"; });
        if (!linear && std::sqrt(sum / fewest_points) <= std::max(meets, largest_sigma(points, confidence))) {
            seconds.push_back(fitted.at(form, ranks));
        }
    }
    return seconds;
}

void include(Interval& interval, double value)
{
    interval.low = std::min(interval.low, value);
    interval.high = std::max(interval.high, value);
}

}  // namespace

std::optional<Projection> project_time(std::span<const ScalePoint> points, double ranks, double confidence)
{
    std::vector<ScalePoint> sorted(points.begin(), points.end());
    std::sort(sorted.begin(), sorted.end(), [](const ScalePoint& a, const ScalePoint& b) { return a.ranks < b.ranks; });
    if (sorted.size() < fewest_points) {
        return std::nullopt;
    }
    auto candidates = candidates_of(sorted, ranks, confidence);
    const double allowed = allowed_error(sorted, candidates.front().error, confidence);
    Projection projection;
    projection.ratio = ranks / sorted.back().ranks;
    projection.seconds = candidates.front().seconds;
    projection.interval = {.low = projection.seconds, .high = projection.seconds};
    for (ProjectedForm& candidate : candidates) {
        candidate.kept = candidate.error <= allowed && candidate.seconds > 0;
        if (candidate.kept) {
            include(projection.interval, candidate.seconds - candidate.standard_error);
            include(projection.interval, candidate.seconds + candidate.standard_error);
        }
        projection.forms.push_back(candidate);
    }
    for (const double seconds : continuations(sorted, ranks, confidence)) {
        include(projection.interval, seconds);
    }
    const double noise = noise_of(sorted, candidates.front().error, projection.ratio, confidence);
    projection.interval.low *= 1 - std::min(noise, 1.0);
    projection.interval.high *= 1 + noise;
    return projection;
}

}  // namespace plumbline
