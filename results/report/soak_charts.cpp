// SPDX-License-Identifier: Apache-2.0
#include "results/report/soak_charts.hpp"

#include "results/endurance/endurance.hpp"
#include "results/endurance/soak_text.hpp"
#include "results/report/page.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace plumbline::report {

namespace {

constexpr std::array texts{
    Text{"title", "Endurance and recovery", "稳定性与故障恢复"},
    Text{"switch", "中文", "English"},
    Text{"verdict", "Verdict", "结论"},
    Text{"none", "measured, not judged: no targets", "已测量，未判定：未设定验收指标"},
    Text{"PASS", "PASS", "通过"},
    Text{"FAIL", "FAIL", "不通过"},
    Text{"INCONCLUSIVE", "INCONCLUSIVE", "无法判定"},
    Text{"NOT_MEASURED", "NOT_MEASURED", "未测量"},
    Text{"targets", "Targets", "验收指标"},
    Text{"target", "Target", "指标"},
    Text{"value", "Value", "测量值"},
    Text{"why", "Remarks", "备注"},
    Text{"numbers", "In numbers", "关键数字"},
    Text{"wall", "Time", "历时"},
    Text{"ettr", "Effective time (ETTR)", "有效训练时间占比（ETTR）"},
    Text{"steps", "Steps", "训练步数"},
    Text{"interruptions", "Interruptions that nobody meant", "非计划中断次数"},
    Text{"recoveries", "Recoveries", "恢复次数"},
    Text{"mtbf", "MTBF", "平均无中断时间（MTBF）"},
    Text{"checkpoints", "Checkpoints", "检查点"},
    Text{"launches", "Launches", "作业启动次数"},
    Text{"ranks", "Ranks", "进程数"},
    Text{"strip", "Availability by hour", "逐小时可用性"},
    Text{"day", "day {n}", "第 {n} 天"},
    Text{"strip.note",
         "A row a day. Green: no interruption. Yellow: interrupted, steps in at least half of the time. Red: less.",
         "每行一天。绿色：无中断；黄色：有中断，但至少一半时间在训练；红色：训练时间不足一半。"},
    Text{"lines", "Time line of each recovery", "每次恢复的时间线"},
    Text{"recovery", "Recovery times", "恢复时间分布"},
    Text{"recovery.axis", "recovered within", "恢复时间不超过"},
    Text{"bound", "target", "阈值"},
    Text{"effective", "Effective time", "有效训练时间占比"},
    Text{"bandwidth", "Bandwidth of the sweeps, relative to the first", "例行测量的总线带宽（相对首次）"},
    Text{"change", "change point", "变点"},
    Text{"events", "Interruptions", "中断明细"},
    Text{"cause", "Cause", "原因"},
    Text{"after", "After", "发生于"},
    Text{"detected", "Detected", "发现"},
    Text{"restarted", "Restarted", "重启"},
    Text{"resumed", "Resumed", "续训"},
    Text{"total", "Recovered", "恢复合计"},
    Text{"lost", "Steps lost", "损失步数"},
    Text{"what", "What happened", "说明"},
    Text{"injected", "injected", "注入"},
    Text{"all", "all interruptions are in 'show --format json'", "全部中断见 show --format json"},
    Text{"notes",
         "Detection is t2 - t0 (fault to declared), restart t5 - t2 (to communicators), resume t8 - t5 (to the "
         "first new step). MTBF and interruptions leave out faults that were injected and pauses.",
         "发现时间为 t2 - t0（故障到判定），重启时间为 t5 - t2（到通信域就绪），续训时间为 t8 - t5（到首个新步）。MTBF "
         "与中断次数"
         "不含注入的故障和人为暂停。"},
    Text{"phase.0", "fault to declared", "故障至判定"},
    Text{"phase.1", "declared to isolated", "判定至隔离"},
    Text{"phase.2", "isolated to relaunched", "隔离至重启"},
    Text{"phase.3", "communicators", "通信域建立"},
    Text{"phase.4", "checkpoint loaded", "加载检查点"},
    Text{"phase.5", "first step", "首步"},
    Text{"phase.6", "lost steps regained", "追回损失步"},
    Text{"cause.rank_died", "a rank died", "进程退出"},
    Text{"cause.launcher_died", "the launcher died", "启动器退出"},
    Text{"cause.hang", "hang", "挂死"},
    Text{"cause.wrong_data", "wrong data", "数据错误"},
    Text{"cause.job_ended", "the job ended", "作业退出"},
    Text{"cause.no_start", "the job did not start", "作业未能启动"},
    Text{"cause.supervisor_died", "the supervisor died", "监管进程退出"},
    Text{"cause.paused", "paused", "人为暂停"},
    Text{"cause.checkpoint", "a checkpoint could not be written", "检查点写入失败"},
};

constexpr double width = 1040;
constexpr double left = 130;  ///< of what is drawn
constexpr double seconds_of_day = 86'400;

std::string rectangle(double x, double y, double w, double h, std::string_view fill, std::string_view title)
{
    return fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" fill=\"{}\"><title>{}</title></rect>\n", x,
        y, w, h, fill, html_text(title));
}

std::string words(double x, double y, std::string_view said, std::string_view anchor = "start")
{
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, html_text(said));
}

std::string line(double x1, double y1, double x2, double y2, std::string_view colour, std::string_view more = "")
{
    return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" {}/>\n", x1, y1, x2,
                       y2, colour, more);
}

std::string picture(double height, std::string_view label, const std::string& inside)
{
    return fmt::format(
        "<div class=\"scroll\"><svg viewBox=\"0 0 {} {:.0f}\" width=\"100%\" style=\"min-width:640px\" role=\"img\" "
        "aria-label=\"{}\" font-size=\"12\" fill=\"var(--ink)\">\n{}</svg></div>\n",
        width, height, html_text(label), inside);
}

std::string since_start(const Soak& soak, double unix_s)
{
    return duration_text(std::max(unix_s - soak.first_step_unix_s.value_or(unix_s), 0.0));
}

std::string describe_event(const Soak& soak, const SoakEvent& event, Language language)
{
    const auto took = event.recovery_s();
    return fmt::format("{}: {}{}{}", since_start(soak, event.moment(Moment::fault).value_or(0)),
                       soak_text(fmt::format("cause.{}", name(event.cause)), language),
                       event.injected.empty() ? "" : fmt::format(" ({})", soak_text("injected", language)),
                       took ? fmt::format(", {}", duration_text(*took)) : "");
}

/// From 0 to at least `most`: round steps, at most 6 of them.
double round_step(double most)
{
    const double rough = std::max(most, 1e-9) / 5;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= rough) {
            return factor * power;
        }
    }
    return 10 * power;
}

double round_step_of_time(double most_s)
{
    for (const double step :
         {1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21'600.0, 86'400.0}) {
        if (step * 6 >= most_s && most_s >= 2) {
            return step;
        }
    }
    return round_step(most_s);
}

/// From 0 on, or logarithmic from below the least value on, where what is shown would stick to the left.
class TimeAxis {
public:
    TimeAxis(double least_s, double largest_s, double most_s) : most_s_(most_s)
    {
        constexpr double far_off = 10;
        if (least_s > 0 && most_s > far_off * largest_s) {
            least_s_ = least_s / 2;
        }
    }
    double share(double seconds) const
    {
        return least_s_ == 0 ? seconds / most_s_
                             : std::log(std::max(seconds, least_s_) / least_s_) / std::log(most_s_ / least_s_);
    }
    std::vector<double> ticks() const
    {
        constexpr std::array round_s{0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0, 3600.0, 36'000.0, 86'400.0, 864'000.0};
        std::vector<double> ticks;
        if (least_s_ == 0) {
            const double step = round_step_of_time(most_s_);
            for (int i = 0; i * step <= most_s_; ++i) {
                ticks.push_back(i * step);
            }
        } else {
            std::ranges::copy_if(round_s, std::back_inserter(ticks),
                                 [&](double each) { return each >= least_s_ && each <= most_s_; });
        }
        return ticks;
    }

private:
    double least_s_ = 0;  ///< 0: linear
    double most_s_ = 0;
};

}  // namespace

std::string_view soak_text(std::string_view key, Language language)
{
    const auto* const found = std::ranges::find(texts, key, &Text::key);
    if (found == texts.end()) {
        throw std::logic_error(fmt::format("the page of a soak has no text {}", key));
    }
    return language == Language::zh ? found->zh : found->en;
}

std::string strip_chart(const Soak& soak, Language language)
{
    const double wall_s = soak.wall_s();
    if (wall_s <= 0) {
        return "";
    }
    const bool in_days = wall_s >= 2 * seconds_of_day;
    const std::size_t columns = in_days ? 24 : 60;
    const double cell_s = in_days ? 3600 : std::max(wall_s / static_cast<double>(columns), 1e-3);
    const auto cells = availability(soak, cell_s);
    const double cell_width = (width - left) / static_cast<double>(columns);
    constexpr double cell_height = 16;
    std::string inside;
    for (std::size_t i = 0; i < cells.size() && i < columns * 1000; ++i) {
        const Availability& cell = cells[i];
        const auto row = static_cast<double>(i / columns);
        const auto column = static_cast<double>(i % columns);
        if (column == 0 && in_days) {
            inside +=
                words(0, row * cell_height + 12,
                      fmt::format(fmt::runtime(soak_text("day", language)), fmt::arg("n", static_cast<int>(row) + 1)));
        }
        std::string title = fmt::format("{}: {:.1f} %", since_start(soak, cell.from_unix_s), 100 * cell.up);
        for (const SoakEvent& event : soak.events) {
            const double at = event.moment(Moment::fault).value_or(0);
            if (event.interrupts() && at >= cell.from_unix_s && at < cell.from_unix_s + cell_s) {
                title += "; " + describe_event(soak, event, language);
            }
        }
        constexpr double rounding = 1e-9;
        const std::string_view colour = cell.events == 0 && cell.up > 1 - rounding ? "var(--pass)"
                                        : cell.up >= 0.5                           ? "#d4a72c"
                                                                                   : "var(--fail)";
        inside +=
            rectangle(left + column * cell_width, row * cell_height, cell_width - 1, cell_height - 2, colour, title);
    }
    const double rows = std::ceil(static_cast<double>(cells.size()) / static_cast<double>(columns));
    return picture(rows * cell_height + 4, soak_text("strip", language), inside);
}

std::string time_line_chart(const Soak& soak, Language language, std::size_t most)
{
    std::vector<const SoakEvent*> recovered;
    for (const SoakEvent& event : soak.events) {
        if (event.interrupts() && event.recovery_s()) {
            recovered.push_back(&event);
        }
    }
    if (recovered.empty()) {
        return "";
    }
    if (recovered.size() > most) {
        recovered.erase(recovered.begin(), recovered.end() - static_cast<std::ptrdiff_t>(most));
    }
    constexpr std::array<std::string_view, 7> colours{"var(--s2)", "var(--s8)", "var(--s5)", "var(--s1)",
                                                      "var(--s3)", "var(--s7)", "var(--s4)"};
    constexpr std::array ends{Moment::declared, Moment::isolated, Moment::relaunched, Moment::connected,
                              Moment::loaded,   Moment::stepped,  Moment::regained};
    double longest = 0;
    for (const SoakEvent* event : recovered) {
        longest = std::max(longest, event->recovery_s().value_or(0));
    }
    const double scale = (width - left - 60) / std::max(longest, 1e-9);
    constexpr double row_height = 18;
    constexpr double top = 24;
    std::string inside;
    double x = 0;
    for (std::size_t phase = 0; phase < ends.size(); ++phase) {  // the legend
        constexpr double column_width = 6.8;
        constexpr double around = 32;
        const std::string_view label = soak_text(fmt::format("phase.{}", phase), language);
        inside += rectangle(x, 2, 10, 10, colours.at(phase), "");
        inside += words(x + 14, 12, label);
        x += column_width * static_cast<double>(text::width(label)) + around;
    }
    for (std::size_t i = 0; i < recovered.size(); ++i) {
        const SoakEvent& event = *recovered[i];
        const double y = top + static_cast<double>(i) * row_height;
        inside += words(0, y + 12, since_start(soak, event.moment(Moment::fault).value_or(0)));
        double from = event.moment(Moment::fault).value_or(0);
        const double begin = from;
        for (std::size_t phase = 0; phase < ends.size(); ++phase) {
            const auto to = event.moment(ends.at(phase));
            if (!to || *to < from) {
                continue;
            }
            inside +=
                rectangle(left + (from - begin) * scale, y, (*to - from) * scale, row_height - 4, colours.at(phase),
                          fmt::format("{}: {}; {}", soak_text(fmt::format("phase.{}", phase), language),
                                      duration_text(*to - from), describe_event(soak, event, language)));
            from = *to;
        }
        inside += words(left + (from - begin) * scale + 4, y + 12, duration_text(from - begin));
    }
    return picture(top + static_cast<double>(recovered.size()) * row_height + 4, soak_text("lines", language), inside);
}

std::string recovery_chart(const Soak& soak, std::optional<double> bound_s, Language language)
{
    std::vector<double> times;
    for (const SoakEvent& event : soak.events) {
        if (const auto took = event.recovery_s(); took && event.interrupts()) {
            times.push_back(*took);
        }
    }
    if (times.empty()) {
        return "";
    }
    std::ranges::sort(times);
    constexpr double height = 240;
    constexpr double bottom = 200;
    const double most = 1.05 * std::max(times.back(), bound_s.value_or(0));
    const TimeAxis axis(times.front(), times.back(), most);
    const auto x = [&](double seconds) { return left + (width - left - 20) * axis.share(seconds); };
    std::string inside;
    for (const double share : {0.0, 0.25, 0.5, 0.75, 1.0}) {
        const double y = bottom - share * (bottom - 10);
        inside += line(left, y, width - 20, y, "var(--grid)") +
                  words(left - 8, y + 4, fmt::format("{:.0f} %", 100 * share), "end");
    }
    for (const double tick : axis.ticks()) {
        inside += words(x(tick), bottom + 16, duration_text(tick), "middle");
    }
    std::string path = fmt::format("M {:.1f} {:.1f}", left, bottom);
    for (std::size_t i = 0; i < times.size(); ++i) {
        const double y = bottom - static_cast<double>(i + 1) / static_cast<double>(times.size()) * (bottom - 10);
        path += fmt::format(" H {:.1f} V {:.1f}", x(times[i]), y);
    }
    inside += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"var(--s1)\" stroke-width=\"2\"/>\n", path);
    if (bound_s) {
        inside +=
            line(x(*bound_s), 10, x(*bound_s), bottom, "var(--fail)", "stroke-dasharray=\"4 3\" stroke-width=\"2\"");
        inside += words(x(*bound_s) - 4, 20,
                        fmt::format("{} {}", soak_text("bound", language), duration_text(*bound_s)), "end");
    }
    inside += words((left + width) / 2, bottom + 34, soak_text("recovery.axis", language), "middle");
    return picture(height, soak_text("recovery", language), inside);
}

std::string effective_time_chart(const Soak& soak, Language language)
{
    const bool in_days = soak.wall_s() >= 2 * seconds_of_day;
    const auto rows = availability(soak, in_days ? seconds_of_day : 3600);
    if (rows.empty()) {
        return "";
    }
    constexpr double height = 210;
    constexpr double bottom = 180;
    const double bar = (width - left - 20) / static_cast<double>(rows.size());
    std::string inside;
    for (const double share : {0.0, 0.5, 0.9, 1.0}) {
        const double y = bottom - share * (bottom - 10);
        inside += line(left, y, width - 20, y, "var(--grid)") +
                  words(left - 8, y + 4, fmt::format("{:.0f} %", 100 * share), "end");
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double tall = rows[i].effective * (bottom - 10);
        inside +=
            rectangle(left + static_cast<double>(i) * bar + 1, bottom - tall, std::max(bar - 2, 0.5), tall, "var(--s3)",
                      fmt::format("{}: {:.2f} %", since_start(soak, rows[i].from_unix_s), 100 * rows[i].effective));
    }
    inside += words(left, bottom + 18, "0") + words(width - 20, bottom + 18, duration_text(soak.wall_s()), "end");
    return picture(height, soak_text("effective", language), inside);
}

std::string bandwidth_chart(const Soak& soak, Language language)
{
    const auto trends = bandwidth_trends(soak);
    if (trends.empty() || soak.wall_s() <= 0) {
        return "";
    }
    double low = 1;
    double high = 1;
    for (const BandwidthTrend& trend : trends) {
        const auto& points = soak.sweeps.at(trend.what);
        for (const SweepPoint& point : points) {
            const double ratio = point.bytes_per_s / points.front().bytes_per_s;
            low = std::min(low, ratio);
            high = std::max(high, ratio);
        }
    }
    low -= 0.02;
    high += 0.02;
    constexpr double bottom = 220;
    const double begin = soak.first_step_unix_s.value_or(0);
    const auto x = [&](double unix_s) { return left + (unix_s - begin) / soak.wall_s() * (width - left - 20); };
    const auto y = [&](double ratio) { return bottom - (ratio - low) / (high - low) * (bottom - 10); };
    std::string inside;
    const double step = round_step(high - low);
    for (double tick = std::ceil(low / step) * step; tick <= high; tick += step) {
        inside += line(left, y(tick), width - 20, y(tick), "var(--grid)") +
                  words(left - 8, y(tick) + 4, fmt::format("{:.0f} %", 100 * tick), "end");
    }
    std::size_t colour = 0;
    for (const BandwidthTrend& trend : trends) {
        const auto& points = soak.sweeps.at(trend.what);
        const std::string stroke = fmt::format("var(--s{})", colour % 8 + 1);
        std::string path;
        for (const SweepPoint& point : points) {
            path += fmt::format("{:.1f},{:.1f} ", x(point.unix_s), y(point.bytes_per_s / points.front().bytes_per_s));
        }
        inside += fmt::format(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"><title>{}</title></polyline>\n",
            path, stroke, html_text(trend.what));
        for (const auto& change : trend.changes) {
            inside += line(x(change.unix_s), 10, x(change.unix_s), bottom, stroke, "stroke-dasharray=\"4 3\"");
            inside += words(x(change.unix_s) + 4, 20,
                            fmt::format("{} {:+.1f} %", soak_text("change", language), 100 * (change.ratio - 1)));
        }
        inside += rectangle(left, bottom + 22 + 16 * static_cast<double>(colour), 10, 10, stroke, "");
        inside += words(left + 14, bottom + 31 + 16 * static_cast<double>(colour),
                        fmt::format("{}: {:.3g} GB/s", trend.what, points.back().bytes_per_s / 1e9));
        ++colour;
    }
    inside += words(left, bottom + 16, "0") + words(width - 20, bottom + 16, duration_text(soak.wall_s()), "end");
    return picture(bottom + 30 + 16 * static_cast<double>(trends.size()), soak_text("bandwidth", language), inside);
}

}  // namespace plumbline::report
