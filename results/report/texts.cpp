// SPDX-License-Identifier: Apache-2.0
#include "results/report/texts.hpp"

#include <array>

namespace plumbline::report {
namespace {

// Not deduced from the list: that is a fold over more than the 256 that clang allows.
constexpr auto texts = std::to_array<Text>({
    // The first screen.
    Text{"title.report", "Acceptance report: communication performance", "通信性能验收报告"},
    Text{"title.run", "Run {name}", "测试 {name}"},
    Text{"verdict", "Verdict", "验收结论"},
    Text{"verdict.PASS", "PASS", "通过"},
    Text{"verdict.FAIL", "FAIL", "不通过"},
    Text{"verdict.INCONCLUSIVE", "INCONCLUSIVE", "无法判定"},
    Text{"verdict.NOT_MEASURED", "NOT MEASURED", "未测量"},
    Text{"verdict.PASS.means", "Every target is met by the whole interval of its value.",
         "所有指标的置信区间均满足要求。"},
    Text{"verdict.FAIL.means", "At least one target is missed by the whole interval of its value.",
         "至少一项指标的置信区间完全不满足要求。"},
    Text{"verdict.INCONCLUSIVE.means",
         "No target is missed, but the interval of at least one straddles its threshold: measure more.",
         "没有指标不达标，但至少一项指标的置信区间跨越阈值：需要更多测量。"},
    Text{"verdict.NOT_MEASURED.means",
         "At least one target has no valid measurement. Nothing that was not measured is green.",
         "至少一项指标没有有效测量值。未测量的项目不视为通过。"},
    Text{"verdict.none", "NOT JUDGED", "未判定"},
    Text{"verdict.none.means", "Measured, not judged (no targets).", "只测量，未判定（未设验收指标）。"},
    Text{"simulated", "Simulated: the times below are not measurements of a machine.",
         "仿真结果：以下时间不是真实机器的测量值。"},
    Text{"stand-in", "Stand-in: a library for tests in place of the real one; nothing below is a measurement of it.",
         "替身库：测试用的替身代替了真实通信库，以下数据不是真实库的测量值。"},
    Text{"incomplete", "The run stopped before its plan was done: cases may be missing.",
         "测试未按计划完成：可能缺少部分用例。"},
    Text{"language", "中文", "English"},
    Text{"print", "Print / PDF", "打印 / PDF"},
    Text{"no-charts", "Charts are left out: this program was built without the chart library. The tables are complete.",
         "未包含图表：构建本程序时未找到图表库。表格内容完整。"},
    Text{"run.select", "Run", "测试"},
    Text{"runs", "Runs in this report", "本报告包含的测试"},

    // What was tested.
    Text{"tested", "What was tested", "测试对象"},
    Text{"tested.hosts", "Hosts", "主机"},
    Text{"tested.ranks", "Ranks", "进程数 (rank)"},
    Text{"tested.nodes", "Nodes", "节点数"},
    Text{"tested.library", "Library", "通信库"},
    Text{"tested.date", "Started", "开始时间"},
    Text{"tested.duration", "Duration", "测试时长"},
    Text{"tested.duration.launches", "{time} in {n} launches", "{n} 次启动共 {time}"},
    Text{"tested.cases", "Cases", "用例"},
    Text{"tested.cases.value", "{measured} measured, {skipped} skipped, {failed} failed, of {planned} planned",
         "已测量 {measured}，跳过 {skipped}，失败 {failed}，计划 {planned}"},
    Text{"tested.verified", "Data verified", "数据校验"},
    Text{"tested.verified.value", "in {verified} of {measured} measured cases",
         "{measured} 个已测用例中 {verified} 个通过校验"},
    Text{"tested.file", "Run file", "数据文件"},
    Text{"tested.more", "and {n} more", "等另外 {n} 台"},

    // Targets.
    Text{"targets", "Targets", "验收指标"},
    Text{"target", "Target", "指标"},
    Text{"target.metric", "Metric", "度量"},
    Text{"target.case", "Measured at", "测量对象"},
    Text{"target.value", "Value", "测量值"},
    Text{"target.interval", "Interval ({confidence} %)", "置信区间 ({confidence} %)"},
    Text{"target.threshold", "Threshold", "阈值"},
    Text{"target.margin", "Margin", "裕量"},
    Text{"target.base", "Base", "基准"},
    Text{"target.base.nodes", "{nodes} node(s), {ranks}", "{nodes} 个节点（{ranks}）"},
    Text{"target.base.value", "{ranks}: {value}", "{ranks}：{value}"},
    Text{"target.margin.means",
         "Margin: from the threshold to the worse end of the interval, relative to the threshold.",
         "裕量：置信区间较差一端相对阈值的距离。"},
    Text{"reasons.language", "Reasons and names of cases are the program's own words, in English.",
         "“备注”和“原因”栏的说明及用例名称为程序原文，仅有英文。"},
    Text{"targets.none", "No targets were given.", "未设定验收指标。"},
    Text{"targets.unmeasured", "Asked for, and not measured by this program:", "合同要求、本程序不测量的："},
    Text{"metric.weak_efficiency", "weak scaling efficiency", "弱扩展效率"},
    Text{"metric.linear_speedup", "linear speedup", "线性加速比"},
    Text{"metric.strong_efficiency", "strong scaling efficiency", "强扩展效率"},
    Text{"metric.busbw_retention", "bus bandwidth retention", "总线带宽保持率"},
    Text{"metric.fraction_of_ideal", "fraction of ideal", "理想性能占比"},
    Text{"metric.fraction_of_attainable", "fraction of attainable", "可达性能占比"},
    Text{"metric.busbw", "bus bandwidth", "总线带宽"},
    Text{"metric.algbw", "algorithm bandwidth", "算法带宽"},
    Text{"metric.time", "time", "时间"},
    Text{"metric.time_p99", "time (P99)", "时间（P99）"},
    Text{"metric.bubble_fraction", "pipeline bubble", "流水线气泡"},
    Text{"metric.overlap_fraction", "communication hidden behind compute", "通信与计算重叠比例"},
    Text{"metric.mfu", "model FLOP/s utilisation (MFU)", "模型算力利用率（MFU）"},
    Text{"metric.congestion_impact", "congestion impact (mean)", "拥塞影响系数（均值）"},
    Text{"metric.congestion_impact_p99", "congestion impact (P99)", "拥塞影响系数（P99）"},
    Text{"metric.wrong_data", "cases with wrong data", "数据错误的用例数"},
    Text{"metric.wrong_elements", "wrong elements", "数据错误的元素数"},
    Text{"metric.failed_cases", "failed cases", "失败的用例数"},
    Text{"metric.hangs", "hangs", "挂死次数"},
    Text{"metric.unmeasured", "not measured by this program", "本程序尚不测量"},
    Text{"metric.karp_flatt", "serial fraction (Karp-Flatt)", "串行比例（Karp-Flatt）"},
    Text{"speedup", "Linear speedup", "线性加速比"},
    Text{"speedup.value", "{speedup}x on {ranks} (base {base}), weak efficiency {efficiency}",
         "{ranks}为 {speedup} 倍（基准 {base}），弱扩展效率 {efficiency}"},

    // Charts.
    Text{"section.communication", "Communication performance", "通信性能"},
    Text{"section.training", "Training steps and scaling", "训练性能与扩展性"},
    Text{"section.congestion", "Under congestion", "拥塞下的性能"},
    Text{"congestion.means", "Impact: time beside aggressors / alone, median over the splits with its interval.",
         "影响系数：与干扰流并行时的时间 / 单独运行的时间，取各划分的中位数及其置信区间。"},
    Text{"section.pairs", "Pairs of ranks", "进程对"},
    Text{"section.quality", "Quality of the measurement", "测量质量"},
    Text{"section.history", "Runs over time", "历史趋势"},
    Text{"section.cases", "All cases", "全部用例"},
    Text{"section.unmeasured", "Skipped and failed cases", "跳过和失败的用例"},
    Text{"section.method", "Method", "测试方法"},
    Text{"section.environment", "Environment as used", "实际测试环境"},
    Text{"section.signatures", "Signatures", "签字"},
    Text{"chart.bandwidth", "{what}: bus bandwidth against size", "{what}：总线带宽与消息大小"},
    Text{"chart.time", "{what}: time against size", "{what}：时间与消息大小"},
    Text{"chart.efficiency", "{what}: {metric} against ranks", "{what}：{metric}与进程数"},
    Text{"chart.histogram", "Samples of one case", "单个用例的样本分布"},
    Text{"chart.noise", "Host noise of each rank", "各进程的主机噪声"},
    Text{"chart.switches", "Involuntary context switches of each rank", "各进程的非自愿上下文切换"},
    Text{"chart.pairs", "{what} between pairs of ranks", "进程对之间的{what}"},
    Text{"chart.gantt", "Timeline of one step: {what}", "单步时间线：{what}"},
    Text{"chart.history", "{what} over runs", "{what}历史变化"},
    Text{"chart.table", "Table", "数据表"},
    Text{"chart.some", "{shown} of {total} series are drawn, evenly chosen; the table has all.",
         "共 {total} 条曲线，均匀选取 {shown} 条绘制；数据表包含全部。"},
    Text{"chart.reported", "Points: what the log reports.", "数据点：日志报告的数值。"},
    Text{"chart.band", "Bands: {confidence} % intervals of the median of the slowest rank's time.",
         "阴影：最慢进程时间中位数的 {confidence} % 置信区间。"},
    Text{"chart.ideal.note", "Dashed: the best that the links allow ({links}).",
         "虚线：链路所允许的最佳值（{links}）。"},
    Text{"links.intra_node", "within a node {rate} GB/s", "节点内 {rate} GB/s"},
    Text{"links.inter_node", "between nodes {rate} GB/s", "节点间 {rate} GB/s"},
    Text{"links.latency", ", {latency}", "，{latency}"},
    Text{"links.stated", ", as stated in the scenario or targets", "，由场景或指标文件给定"},
    Text{"links.measured", ", measured point to point in this run", "，由本次点对点测试测得"},
    Text{"chart.expectation",
         "{what}: {busbw} GB/s = {share} % of {algorithm} {attainable} over these links; the physical bound "
         "{reduction} is {bound}.",
         "{what}：{busbw} GB/s，为{algorithm}在该链路上可达值 {attainable} 的 {share} %；{reduction}物理上限为 "
         "{bound}。"},
    Text{"chart.expectation.outdone",
         "{what}: {busbw} GB/s, more than {algorithm} {attainable} over these links: another algorithm ran; the "
         "physical bound {reduction} is {bound}.",
         "{what}：{busbw} GB/s，高于{algorithm}在该链路上的可达值 "
         "{attainable}，实际运行的是其他算法；{reduction}物理上限为 {bound}。"},
    Text{"chart.expectation.impossible",
         "{what}: {busbw} GB/s is above the physical bound {bound} of these links, a measurement error: their rates "
         "were "
         "measured or stated too low, or the network reduces.",
         "{what}：{busbw} GB/s 超出该链路的物理上限 {bound}，属测量误差：链路速率测得或给定偏低，或网络做了归约。"},
    Text{"chart.expectation.plain", "without in-network reduction", "无网内归约时的"},
    Text{"chart.expectation.reduces", "with the stated in-network reduction", "按给定的网内归约，"},
    Text{"algorithm.ring", "a flat ring's", "平面环算法"},
    Text{"algorithm.tree", "a double binary tree's", "双二叉树算法"},
    Text{"algorithm.hierarchical", "the hierarchical algorithm's", "分层算法"},
    Text{"algorithm.nvls", "NVLS's", "NVLS（节点内交换机归约）"},
    Text{"algorithm.sharp", "SHARP's", "SHARP（节点间交换机归约）"},
    Text{"algorithm.direct", "direct messages'", "直接收发"},
    Text{"algorithm.pairwise", "pairwise exchange's", "成对交换"},
    Text{"algorithm.binomial", "a binomial tree's", "二项树算法"},
    Text{"chart.efficiency.note", "Base: the smallest scale of the same case. Dashed: ideal; red: target.",
         "基准：同一用例的最小规模。虚线：理想值；红线：验收阈值。"},
    Text{"chart.histogram.note",
         "Timed samples, slowest rank of each; line: median, shade: its interval. Warm-ups are left out.",
         "计时样本，取每次最慢进程；竖线：中位数，阴影：置信区间。不含预热。"},
    Text{"chart.noise.note",
         "Share of the time that was lost to noise in a fixed quantum of work, all ranks of a host at work; one dot a "
         "probe.",
         "同一主机所有进程同时运行固定工作量时因噪声损失的时间比例；每点为一次探测。"},
    Text{"chart.gantt.note", "One step as measured, from the earliest rank's start; the gaps are the bubble.",
         "一个实测训练步，自最早启动的进程计时；空白处为流水线气泡。"},
    Text{"chart.gantt.some", "{left} later steps are left out.", "省略了后面的 {left} 个步骤。"},
    Text{"chart.pairs.note", "Darker is faster. Grey: not measured.", "颜色越深越快。灰色：未测量。"},
    Text{"axis.size", "message size", "消息大小"},
    Text{"axis.busbw", "bus bandwidth (GB/s)", "总线带宽 (GB/s)"},
    Text{"axis.time", "time", "时间"},
    Text{"axis.ranks", "ranks", "进程数"},
    Text{"axis.rank", "rank", "进程号"},
    Text{"axis.from", "from rank", "发送进程"},
    Text{"axis.to", "to rank", "接收进程"},
    Text{"axis.link_rate", "GB/s of each link", "各链路带宽 GB/s"},
    Text{"axis.link_time", "us of each link", "各链路时间 us"},
    Text{"axis.samples", "samples", "样本数"},
    Text{"axis.noise", "time lost to noise", "噪声损失时间"},
    Text{"axis.switches", "switches per second", "每秒切换次数"},
    Text{"axis.date", "date", "日期"},
    Text{"legend.ranks", "{n} ranks", "{n} 进程"},
    Text{"legend.rank", "1 rank", "1 进程"},
    Text{"legend.ideal", "ideal", "理想值"},
    Text{"legend.target", "target {value}", "阈值 {value}"},
    Text{"kind.compute", "compute", "计算"},
    Text{"kind.forward", "forward", "前向计算"},
    Text{"kind.backward", "backward", "反向计算"},
    Text{"kind.send", "send", "发送"},
    Text{"kind.receive", "receive", "接收"},
    Text{"kind.transfer", "transfer", "传输"},
    Text{"kind.collective", "collective", "集合通信"},
    Text{"kind.bubble", "bubble", "气泡"},
    Text{"select.case", "Case", "用例"},

    // Tables.
    Text{"column.id", "#", "编号"},
    Text{"column.case", "Case", "用例"},
    Text{"column.pattern", "Pattern", "模式"},
    Text{"column.size", "Size", "大小"},
    Text{"column.ranks", "Ranks", "进程数"},
    Text{"column.rank", "Rank", "进程号"},
    Text{"column.nodes", "Nodes", "节点数"},
    Text{"column.median", "Median time", "时间中位数"},
    Text{"column.reported", "Reported time", "报告时间"},
    Text{"column.interval", "Interval", "置信区间"},
    Text{"column.p95", "P95", "P95"},
    Text{"column.p99", "P99", "P99"},
    Text{"column.algbw", "algbw GB/s", "算法带宽 GB/s"},
    Text{"column.busbw", "busbw GB/s", "总线带宽 GB/s"},
    Text{"column.samples", "Samples", "样本数"},
    Text{"column.bubble", "Bubble", "气泡"},
    Text{"column.ideal", "Ideal", "理想值"},
    Text{"column.bubble_ideal", "Ideal bubble", "理想气泡"},
    Text{"column.mfu", "MFU", "MFU"},
    Text{"column.tokens", "Tokens/s", "每秒 token 数"},
    Text{"column.isolated", "Alone (median)", "单独运行（中位数）"},
    Text{"column.beside", "Beside aggressors (median)", "与干扰流并行（中位数）"},
    Text{"column.overlap", "Hidden communication", "通信重叠比例"},
    Text{"column.note", "Note", "备注"},
    Text{"column.status", "Status", "状态"},
    Text{"column.why", "Reason", "原因"},
    Text{"column.name", "Name", "名称"},
    Text{"column.value", "Value", "值"},
    Text{"column.host", "Host", "主机"},
    Text{"column.cores", "Cores", "CPU 核"},
    Text{"column.device", "Device", "加速器"},
    Text{"column.nic", "NIC", "网卡"},
    Text{"column.from", "From", "从"},
    Text{"column.to", "To", "到"},
    Text{"column.efficiency", "Efficiency", "效率"},
    Text{"column.speedup", "Speedup", "加速比"},
    Text{"column.base", "Base", "基准"},
    Text{"column.start", "Start", "开始"},
    Text{"column.end", "End", "结束"},
    Text{"column.kind", "Activity", "活动"},
    Text{"column.count", "Count", "数量"},
    Text{"column.date", "Date", "日期"},
    Text{"column.run", "Run", "测试"},
    Text{"column.verdict", "Verdict", "结论"},
    Text{"column.probe", "Probe", "探测"},
    Text{"status.measured", "measured", "已测量"},
    Text{"status.skipped", "skipped", "跳过"},
    Text{"status.failed", "failed", "失败"},
    Text{"none", "none", "无"},
    Text{"unmeasured.none", "Every case that was planned was measured.", "计划中的用例均已测量。"},
    Text{"note.unstable", "unstable: {what}", "不稳定：{what}"},
    Text{"note.drift", "drift", "漂移"},
    Text{"note.bimodal", "bimodal", "双峰"},
    Text{"note.bursts", "bursts", "突发"},
    Text{"note.unconverged", "interval wider than asked ({why})", "置信区间未达要求 ({why})"},
    Text{"note.no-interval.samples", "too few samples for an interval", "样本过少，无置信区间"},
    Text{"note.no-interval.rounds", "too few rounds for an interval", "轮次过少，无置信区间"},
    Text{"note.no-interval.launches", "too few launches for an interval", "启动次数过少，无置信区间"},
    Text{"note.reported", "as reported, no samples ({what})", "外部日志报告值，无样本 ({what})"},
    Text{"note.not-verified", "data not verified", "数据未校验"},
    Text{"note.pairs", "{share} % of the pairs across nodes", "{share}% 的通信对跨节点"},
    Text{"note.left-out", "{n} rounds in other machine states left out", "排除 {n} 个处于其他机器状态的轮次"},

    // Method.
    Text{"method.reported", "A value", "数值"},
    Text{"method.reported.value",
         "What another suite's log reports; the note beside it says what it is the mean of. The log has no single "
         "executions, so plumbline can give neither spread nor confidence.",
         "外部测试工具日志所报告的数值，统计口径见其备注。日志不含单次执行的数据，因此无法给出离散程度和置信度。"},
    Text{"method.sample", "A sample", "样本"},
    Text{"method.sample.value",
         "One timed execution (or the mean of a batch too short for the clock). Each rank times itself; a sample's "
         "time is the "
         "slowest rank's. Every sample of every rank is in the run file, warm-ups too.",
         "一次计时执行（过短时取一批的均值）。各进程自行计时，样本时间取最慢进程。所有进程的所有样本（含预热）均保存在"
         "数据文件中。"},
    Text{"method.estimate", "Estimate", "估计值"},
    Text{
        "method.estimate.value",
        "Median with an exact order-statistics interval at {confidence} %: over the samples; from 6 rounds on over the "
        "rounds' medians; with several launches over what each launch alone says. At 95 % there is none below 6 such "
        "values, and of a ratio of two cases (every efficiency) none below 7.",
        "中位数，附 {confidence} % 精确次序统计量置信区间：按样本计算；6 "
        "轮及以上按各轮中位数；多次启动时按每次启动各自的"
        "估计值。95 % 时不足 6 个此类值不给区间，两个用例之比（各种效率）不足 7 个不给区间。"},
    Text{"method.bandwidth", "Bandwidth", "带宽"},
    Text{"method.bandwidth.value",
         "algbw = S/t; busbw = algbw x factor: allreduce 2(n-1)/n; reduce_scatter, allgather, gather, scatter, "
         "alltoall, alltoallv (n-1)/n; broadcast, reduce, sendrecv 1; pingpong 2 (there and back); bidirectional its "
         "window (messages each way at once). S: total bytes as nccl-tests counts them; alltoallv: the most that any "
         "rank sends or receives. GB = 1e9 bytes. Undefined on one rank.",
         "算法带宽 algbw = S/t；总线带宽 busbw = algbw × 系数：allreduce 为 "
         "2(n-1)/n；reduce_scatter、allgather、gather、"
         "scatter、alltoall、alltoallv 为 (n-1)/n；broadcast、reduce、sendrecv 为 1；pingpong 为 2（一往一返）；"
         "bidirectional 为其 window（每个方向同时传输的消息数）。S 按 nccl-tests 的方式计总字节数；alltoallv 取各进程"
         "发送或接收字节数的最大值。GB = 1e9 字节。单进程无定义。"},
    Text{"method.efficiency", "Scaling efficiency", "扩展效率"},
    Text{"method.efficiency.value",
         "weak_efficiency(n) = T(n0)/T(n) at fixed work per rank; linear speedup = (n/n0) x that; strong_efficiency(n) "
         "= (T(n0)/T(n))/(n/n0) at fixed total work; busbw_retention(n) = busbw(n)/busbw(n0) at the same S; karp_flatt "
         "= (1/e - 1)/(n/n0 - 1) of such an efficiency e. The base n0 is named beside each value.",
         "弱扩展效率 = T(n0)/T(n)，每进程工作量固定；线性加速比 = (n/n0) × 弱扩展效率；强扩展效率 = "
         "(T(n0)/T(n))/(n/n0)，"
         "总工作量固定；总线带宽保持率 = busbw(n)/busbw(n0)，S 相同；串行比例（Karp-Flatt）= (1/e - 1)/(n/n0 - 1)，e "
         "为上述扩展效率。每个值均注明基准 n0。"},
    Text{"method.metrics", "Other metrics", "其他度量"},
    Text{"method.metrics.value",
         "fraction_of_ideal = t_ideal/t, t_ideal the time below which no algorithm can be on this placement and these "
         "link rates (measured in the same run, or stated); wholly above 1 it is a measurement error. "
         "fraction_of_attainable = "
         "t_attainable/t, t_attainable what the named algorithm takes over the same links. mfu = model "
         "FLOPs of a step/(t x stated peak FLOP/s x ranks). bubble_fraction = 1 - compute of all ranks/(ranks x t). "
         "overlap_fraction = 1 - time blocked in communication/time of the communication alone. congestion_impact = "
         "time beside aggressors/time alone (means; P99: 99th percentiles), median over the splits. t, time: the "
         "estimate above.",
         "理想性能占比 = t_ideal/t，t_ideal 为该进程分布与链路速率（同次测试测得或给定）下任何算法都不可能更短的时间；"
         "整个区间大于 1 即为测量误差。可达性能占比 = t_attainable/t，t_attainable "
         "为所指定算法在同样链路上所需的时间。MFU = 单步模型浮点运算量/(t × 给定的单进程峰值 FLOP/s × "
         "进程数)。流水线气泡 = 1 "
         "- "
         "所有进程的计算时间/(进程数 × t)。通信与计算重叠比例 = 1 - 阻塞在通信上的时间/单独通信的时间。拥塞影响系数 = "
         "与干扰流并行的时间/单独运行的时间（均值；P99 为第 99 百分位数），取各划分的中位数。t 与时间：即上述估计值。"},
    Text{"method.verdict", "Verdict of a target", "单项判定"},
    Text{"method.verdict.value",
         "PASS: the worse end of the interval meets the threshold. FAIL: the better end misses it. INCONCLUSIVE: it "
         "straddles. "
         "NOT MEASURED: no valid case. The run's verdict is the worst. No hidden tolerance.",
         "通过：置信区间较差一端满足阈值。不通过：较好一端仍不满足。无法判定：区间跨越阈值。未测量：无有效用例。总结论"
         "取最差项。无隐含容差。"},
    Text{"method.clock", "Clock", "时钟"},
    Text{"method.clock.value", "{clock}; one reading costs {cost}; a sample of nothing takes {empty}",
         "{clock}；读取一次耗时 {cost}；空操作样本耗时 {empty}"},
    Text{"method.synchronisation", "Common start", "同步启动"},
    Text{"method.order", "Order", "执行顺序"},
    Text{"method.order.value", "shuffled with seed {seed}, unless the scenario says otherwise",
         "随机排序，种子 {seed}（场景另有规定除外）"},
    Text{"method.states", "Machine states", "机器状态"},
    Text{"method.scenario", "Scenario as executed", "实际执行的场景"},
    Text{"environment.facts", "Library, versions, build", "通信库、版本与构建"},
    Text{"environment.variables", "Chosen environment variables", "相关环境变量"},
    Text{"environment.places", "Where the ranks ran", "进程分布"},
    Text{"environment.warnings", "Warnings of the run", "测试警告"},
    Text{"signatures.checksum", "SHA-256 of the run file {file} ({bytes} bytes)",
         "数据文件 {file}（{bytes} 字节）的 SHA-256"},
    Text{"signatures.note",
         "This page can be made again from that file with plumbline report; it adds nothing that is not in the file.",
         "本页可由该文件通过 plumbline report 重新生成，不含文件之外的内容。"},
    Text{"signatures.supplier", "Supplier", "供货方"},
    Text{"signatures.customer", "Customer", "验收方"},
    Text{"signatures.witness", "Witness", "见证方"},
    Text{"signatures.name", "Name", "姓名"},
    Text{"signatures.date", "Date", "日期"},
    Text{"signatures.signature", "Signature", "签字"},

    // Histories.
    Text{"title.history", "Nights in a row", "历史回归"},
    Text{"history.sub", "{runs} runs, {series} series, the last {date}",
         "{runs} 次测试，{series} 条序列，最近一次 {date}"},
    Text{"history.newest", "The newest {n} runs are shown; all were judged.",
         "仅显示最近 {n} 次测试；判定使用全部测试。"},
    Text{"history.verdict.PASS", "No slowdown without an acknowledgement.", "没有未经认可的性能下降。"},
    Text{"history.verdict.FAIL", "There is a slowdown without an acknowledgement.", "存在未经认可的性能下降。"},
    Text{"history.verdict.NOT_MEASURED",
         "A case is no longer measured, or no series is long enough yet: 4 runs on the same hosts.",
         "有用例不再被测量，或尚无足够长的序列：同一组主机至少需要 4 次测试。"},
    Text{"section.events", "Changes", "变化"},
    Text{"section.left-out", "Files left out", "未采用的文件"},
    Text{"events.none", "No change was found.", "未发现变化。"},
    Text{"events.note",
         "A case on one set of hosts is a series. Times before and after are geometric means (of a drop: medians) of "
         "the "
         "runs' medians.",
         "同一组主机上的一个用例为一条序列。前后时间为各次中位数的几何平均（骤降为中位数）。"},
    Text{"events.too-short", "{n} of {all} series have fewer than 4 runs: no change can be told there.",
         "{all} 条序列中有 {n} 条不足 4 次测试：无法判断变化。"},
    Text{"event.drop", "drop", "骤降"},
    Text{"event.slower", "slower", "变慢"},
    Text{"event.faster", "faster", "变快"},
    Text{"event.earlier", "earlier change", "早先变化"},
    Text{"event.acknowledged", "acknowledged", "已认可"},
    Text{"event.missing", "missing", "未测量"},
    Text{"event.not-measured", "in {before} runs before, in none of the {since} since",
         "之前 {before} 次测试中有，之后 {since} 次中均无"},
    Text{"event.alone", "one run alone; the next one confirms it or not", "仅一次测试；待下一次测试确认"},
    Text{"event.in-a-row", "{n} runs in a row", "连续 {n} 次测试"},
    Text{"event.evidence", "{before} runs before, {since} since, p {p}", "之前 {before} 次，之后 {since} 次，p {p}"},
    Text{"column.change", "Change", "变化"},
    Text{"column.before", "Before", "之前"},
    Text{"column.after", "After", "之后"},
    Text{"column.relative", "Time", "时间变化"},
    Text{"column.hosts", "Hosts", "主机"},
    Text{"column.last", "Last run", "最近一次"},
    Text{"axis.against-median", "time", "时间"},
    Text{"chart.strip", "Each run against the median of its series", "各次测试相对序列中位数"},
    Text{"chart.strip.note", "A row a series, a column a run, newest on the right. Red is slower, blue faster.",
         "每行一条序列，每列一次测试，最新在右。红色较慢，蓝色较快。"},
    Text{"chart.some-series", "{shown} of {total} series are drawn, those with changes first.",
         "共 {total} 条序列，绘制 {shown} 条，有变化者在前。"},
    Text{"chart.trend.note", "Median of each run with its interval; upright line: a change.",
         "各次中位数及其置信区间；竖线：变化。"},

    // Comparisons.
    Text{"title.compare", "Comparison of runs", "测试结果对比"},
    Text{"section.regimes", "Summary by regime", "分区段汇总"},
    Text{"section.manifest", "Fairness: what differs between the environments", "公平性：环境差异"},
    Text{"section.unmatched", "Not compared", "未对比的用例"},
    Text{"manifest.note", "{same} of {all} properties are the same.", "{all} 项中 {same} 项相同。"},
    Text{"manifest.unsaid", "(not said)", "（未说明）"},
    Text{"compare.note",
         "Speed: time of A / time of the other, above 1 = faster; intervals at {confidence} % for each case alone. "
         "Better and worse: "
         "shown over all {cases} cases together (Holm). The mean is geometric, over the cases of one regime of A.",
         "速度比：A 的时间 / 对方的时间，大于 1 表示更快；各用例单独的 {confidence} % 置信区间。更好与更差：对全部 "
         "{cases} 个用例做 Holm "
         "校正后判定。均值为 A 同一区段内用例的几何平均。"},
    Text{"compare.points",
         "Point value: of a log, without samples; it has no interval, and no difference is shown by it.",
         "单点值：来自外部日志，无样本、无置信区间，不能据此判定差异。"},
    Text{"imported", "imported log", "导入的外部日志"},
    Text{"compare.limit", "Limit: worse by {limit}.", "限值：变差 {limit}。"},
    Text{"chart.ratio", "{what}: speed of {b} / {a}", "{what}：{b} / {a} 速度比"},
    Text{"chart.ratio.note", "Above 1 = faster. Bands: interval of each case alone.",
         "大于 1 表示更快。阴影：各用例单独的置信区间。"},
    Text{"axis.ratio", "speed {b} / {a}", "速度比 {b} / {a}"},
    Text{"legend.equal", "equal", "相等"},
    Text{"column.ratio", "Speed", "速度比"},
    Text{"column.effect", "Cliff's delta", "Cliff's delta"},
    Text{"column.difference", "Shown", "判定"},
    Text{"column.regime", "Regime", "区段"},
    Text{"column.cases", "Cases", "用例数"},
    Text{"column.geometric", "Geometric mean", "几何平均"},
    Text{"column.lowest", "Lowest", "最低"},
    Text{"column.highest", "Highest", "最高"},
    Text{"column.price", "Price a node", "节点价格"},
    Text{"column.power", "kW a node", "节点功率 kW"},
    Text{"column.per-price", "Per money", "性价比"},
    Text{"column.per-power", "Per kW", "每 kW 性能"},
    Text{"difference.better", "better", "更好"},
    Text{"difference.worse", "worse", "更差"},
    Text{"difference.no difference shown", "no difference shown", "未见差异"},
    Text{"difference.unknown", "unknown", "未知"},
    Text{"difference.point", "point value", "单点值"},
    Text{"regime.latency-bound", "latency-bound", "延迟受限"},
    Text{"regime.transition", "transition", "过渡"},
    Text{"regime.bandwidth-bound", "bandwidth-bound", "带宽受限"},
    Text{"regime.training-step", "training step", "训练步"},
    Text{"regime.one-size", "one size only", "单一大小"},
});

}  // namespace

std::span<const Text> all_texts()
{
    return texts;
}

std::optional<Language> parse_language(std::string_view text)
{
    return text == "en" ? std::optional(Language::en) : text == "zh" ? std::optional(Language::zh) : std::nullopt;
}

std::string_view name(Language language)
{
    return language == Language::en ? "en" : "zh";
}

}  // namespace plumbline::report
