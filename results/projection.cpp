#include "results/projection.hpp"

#include "results/linear_fit.hpp"

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

/// Relative, root of the mean square over the points, each predicted from the others.
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

/// Forms that came to the same (a coefficient of 0 leaves a smaller form) stand once.
std::vector<ProjectedForm> candidates_of(std::span<const ScalePoint> points, double ranks)
{
    constexpr std::size_t points_for_normal_form = 5;
    std::vector<Form> forms = physical_forms(points.size() >= points_for_normal_form ? 3 : 2);
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

/// What a prediction may be off beside its form: its points' own errors, and what the best form leaves over, which
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

}  // namespace

std::optional<Projection> project_time(std::span<const ScalePoint> points, double ranks, double confidence)
{
    std::vector<ScalePoint> sorted(points.begin(), points.end());
    std::sort(sorted.begin(), sorted.end(), [](const ScalePoint& a, const ScalePoint& b) { return a.ranks < b.ranks; });
    if (sorted.size() < fewest_points) {
        return std::nullopt;
    }
    auto candidates = candidates_of(sorted, ranks);
    constexpr std::size_t points_that_tell = 5;
    constexpr double tolerance = 2;
    // A form with almost no error must not shut out the others: nothing is known better than the points are.
    constexpr double least_error = 2e-3;
    double known_to = least_error;
    for (const ScalePoint& point : sorted) {
        known_to = std::max(known_to, point.relative_error);
    }
    // Few points tell no forms apart that miss none of them by more than a twentieth.
    constexpr double plausible = 0.05;
    const double best = candidates.front().error;
    const double allowed = sorted.size() >= points_that_tell ? tolerance * std::max(best, known_to)
                                                             : std::max(plausible, tolerance * best);
    Projection projection;
    projection.ratio = ranks / sorted.back().ranks;
    projection.seconds = candidates.front().seconds;
    projection.interval = {.low = projection.seconds, .high = projection.seconds};
    for (ProjectedForm& candidate : candidates) {
        candidate.kept = candidate.error <= allowed && candidate.seconds > 0;
        if (candidate.kept) {
            projection.interval.low = std::min(projection.interval.low, candidate.seconds);
            projection.interval.high = std::max(projection.interval.high, candidate.seconds);
        }
        projection.forms.push_back(candidate);
    }
    const double noise = noise_of(sorted, candidates.front().error, projection.ratio, confidence);
    projection.interval.low *= 1 - std::min(noise, 1.0);
    projection.interval.high *= 1 + noise;
    return projection;
}

}  // namespace plumbline
