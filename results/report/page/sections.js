// SPDX-License-Identifier: Apache-2.0
// The sections of a report on one run: values in, elements out.
'use strict';
const slug = text => text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '').toLowerCase() || 'figure';
const fact = (key, ...value) => el('div', null, el('div', {class: 'key'}, key), el('div', {class: 'value'}, ...value));
const withSigns = text => text.replaceAll('>= ', '≥ ').replaceAll('<= ', '≤ ');
const verdictCell = verdict => ({text: t('verdict.' + verdict), class: verdict});
const groups = (rows, key) => {
  const map = new Map();
  for (const row of rows) {
    if (!map.has(key(row))) map.set(key(row), []);
    map.get(key(row)).push(row);
  }
  return [...map];
};

/// A simulated run has no colour of a verdict: the box itself says what it is.
function verdictBox(verdict, means, simulated) {
  const kind = verdict || 'NONE';
  const key = verdict ? 'verdict.' + verdict : 'verdict.none';
  const words = simulated && verdict ? t('verdict.simulated', {verdict: t(key)}) : t(key);
  return el('div', {class: 'verdict ' + (simulated ? 'NONE' : kind), 'data-verdict': kind}, el('b', null, t('verdict') + (language === 'zh' ? '：' : ': ') + words),
    el('span', null, means || (simulated && verdict ? t('verdict.simulated.means') + ' ' : '') + t(key + '.means')));
}

/// Whether the run is a log whose numbers are its own: no samples, medians, intervals or slowest ranks.
function onlyReported(run) {
  const measured = run.cases.filter(c => c.status === 'measured');
  return measured.some(c => c.reported) && measured.every(c => c.reported);
}

function hostsText(run) {
  if (!run.host_count) return missing;
  const shown = run.hosts.join(', ');
  return run.host_count > run.hosts.length ? `${shown} ${t('tested.more', {n: run.host_count - run.hosts.length})}` : shown;
}

const covered = (cases, coverage) => cases.filter(c => c.coverage === coverage).length;

function testedSection(run) {
  const of = status => run.cases.filter(c => c.status === status);
  const measured = of('measured');
  const wrong = run.cases.filter(c => c.wrong_data).length;
  return [el('h2', null, t('tested')), el('div', {class: 'facts'},
    fact(t('tested.hosts'), hostsText(run)), fact(t('tested.nodes'), run.host_count ? String(run.host_count) : missing), fact(t('tested.ranks'), String(run.ranks)),
    fact(t('tested.library'), run.library), fact(t('tested.date'), localTime(run)),
    fact(t('tested.duration'), run.launches > 1 ? t('tested.duration.launches', {time: duration(run.duration_s), n: run.launches}) : duration(run.duration_s)),
    fact(t('tested.cases'), t('tested.cases.value', {measured: measured.length, skipped: of('skipped').length, failed: of('failed').length, planned: run.planned_cases})),
    fact(t('tested.verified'), (wrong > 0 ? t('tested.verified.wrong', {n: wrong}) + (language === 'zh' ? '；' : '; ') : '')
      + t('tested.verified.value', {verified: covered(measured, 'verified'), checkable: covered(measured, 'verified') + covered(measured, 'off') + wrong,
        without: covered(measured, 'not_verifiable')})))];
}

/// Digits that say what the verdict says are chosen where it is made; times have their unit already.
const written = (f, text) => text === '' ? missing : text + (f.unit === 's' || f.unit === '1' || !f.unit ? '' : ' ' + f.unit);

function targetsSection(run) {
  if (!run.findings.length) return [el('h2', null, t('targets')), el('p', {class: 'note'}, t('targets.none'))];
  const based = run.findings.some(f => f.base_ranks);
  const columns = [{title: t('verdict'), v: true}, {title: t('target')}, {title: t('target.value'), n: true}, {title: t('target.threshold'), n: true}, {title: t('target.metric')},
    {title: t('target.case'), case: true}, {title: t('target.interval', {confidence: 100 * run.confidence}), n: true}, {title: t('target.margin'), n: true}, ...(based ? [{title: t('target.base')}] : []), {title: t('column.note'), wide: true}];
  const rows = run.findings.filter(f => f.metric !== 'unmeasured').map(f => [
    verdictCell(f.verdict), f.target, written(f, f.written.estimate), f.bound.replace('>=', '≥').replace('<=', '≤'),
    f.metric === null ? missing : metricName(f.metric), f.at, f.interval ? written(f, `[${f.written.low}, ${f.written.high}]`) : missing,
    f.margin === null ? missing : (f.margin > 0 ? '+' : '') + percent(f.margin),
    ...(based ? [f.base_ranks ? t('target.base.value', {ranks: baseText(f), value: measure(f.base_value, f.base_unit)}) : ''] : []), f.why]);
  const asked = run.findings.filter(f => f.metric === 'unmeasured');
  return [el('h2', null, t('targets')), rows.length ? table(columns, rows, 'cards') : null, el('p', {class: 'note'}, t('target.margin.means')),
    ...named(run.outcomes.map(o => [o.target, o.text])), ...named(definitions(run)),
    asked.length ? el('p', null, t('targets.unmeasured')) : null, ...named(asked.map(f => [f.target, f.why])), ...speedups(run)];
}

const named = rows => rows.map(([target, text]) => el('p', {class: 'note'}, el('b', null, target), language === 'zh' ? '：' : ': ', text));
/// Each target's once.
const definitions = run => [...new Map(run.findings.filter(f => f.definition).map(f => [f.target, f.definition]))];

const baseText = f => f.base_in_nodes ? t('target.base.nodes', {nodes: f.base_nodes, ranks: ranksText(f.base_ranks)}) : ranksText(f.base_ranks);

function speedups(run) {
  const rows = run.scaling.filter(r => r.speedup !== null && r.case_id !== r.base_case_id);
  const most = greatest(rows.map(r => r.ranks));
  return rows.filter(r => r.ranks === most).map(r => el('p', null, el('b', null, t('speedup') + (language === 'zh' ? '：' : ': ')),
    t('speedup.value', {speedup: r.speedup.toFixed(2), ranks: ranksText(r.ranks), base: ranksText(r.base_ranks),
                        efficiency: percent(r.efficiency) + ' ' + (r.interval ? range(r.interval[0], r.interval[1], percent) : '')})));
}

/// At most eight lines of many, evenly chosen.
function someSeries(series) {
  if (series.length <= 8) return {series, note: []};
  const shown = [...Array(8).keys()].map(i => series[Math.round(i * (series.length - 1) / 7)]);
  return {series: shown, note: [t('chart.some', {shown: 8, total: series.length})]};
}

const isNumber = v => v !== null && v !== undefined;
const isMeasured = c => c.status === 'measured' && isNumber(c.median_s);
const caseTip = c => `${c.what}\n${seconds(c.median_s)} ${range(c.low_s, c.high_s, seconds)}` + (isNumber(c.busbw) ? `\nbusbw ${plain(c.busbw)} GB/s` : '');
const busbwAt = (c, s) => isNumber(s) && isNumber(c.bus_factor) && s > 0 ? c.total_bytes * c.bus_factor / s / 1e9 : null;

/// Where the rates behind the dashed lines come from; nothing where no line is drawn.
function idealNote(run, cases) {
  if (!cases.some(c => isNumber(c.ideal_s))) return [];
  const one = link => t('links.' + link.between, {rate: plain(link.bytes_per_s / 1e9)}) + (link.latency_s > 0 ? t('links.latency', {latency: seconds(link.latency_s)}) : '') +
    t(link.stated ? 'links.stated' : 'links.measured');
  return [t('chart.ideal.note', {links: run.links.map(one).join(language === 'zh' ? '；' : '; ')})];
}

/// The largest message of each scale beside what an algorithm attains over these links and what physics allows.
function expectationNotes(run, cases) {
  const reduces = run.links.some(link => link.reduces);
  return groups(cases.filter(c => isNumber(c.attainable_s ?? c.outdone_s) && isNumber(c.ideal_s)), c => c.ranks).sort((a, b) => a[0] - b[0]).map(([, rows]) => {
    const c = rows.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const values = {what: bytes(c.bytes) + (language === 'zh' ? '，' : ', ') + ranksText(c.ranks), busbw: digits4(c.busbw), share: Math.round(100 * c.attainable_s / c.median_s),
      algorithm: t('algorithm.' + (c.attainable_by ?? c.outdone_by)), attainable: digits4(busbwAt(c, c.attainable_s ?? c.outdone_s)), bound: digits4(busbwAt(c, c.ideal_s)),
      reduction: t(reduces ? 'chart.expectation.reduces' : 'chart.expectation.plain')};
    return t(c.above_bound ? 'chart.expectation.impossible' : isNumber(c.outdone_s) ? 'chart.expectation.outdone' : 'chart.expectation', values);
  });
}

function sizeFigure(run, name, cases, kind) {
  const isTime = kind === 'time';
  const idealOf = c => !isNumber(c.ideal_s) ? null : isTime ? c.ideal_s : busbwAt(c, c.ideal_s);
  const point = c => isTime ? {x: c.bytes, y: c.median_s, low: c.low_s, high: c.high_s, tip: caseTip(c)}
    : {x: c.bytes, y: c.busbw, low: busbwAt(c, c.high_s), high: busbwAt(c, c.low_s), tip: caseTip(c)};
  const usable = cases.filter(c => c.bytes > 0 && (isTime ? c.median_s > 0 : c.busbw > 0));
  const scales = [...new Set(run.cases.map(c => c.ranks))].sort((a, b) => a - b);
  const all = groups(usable, c => c.ranks).sort((a, b) => a[0] - b[0]).map(([ranks, rows]) => ({
    name: ranksText(ranks), colour: scales.indexOf(ranks), points: rows.sort((a, b) => a.bytes - b.bytes).map(point),
    ideal: rows.filter(c => isNumber(idealOf(c))).map(c => ({x: c.bytes, y: idealOf(c), tip: `${c.what}\n${t('legend.ideal')} ${seconds(c.ideal_s)}` + (isTime ? '' : `\nbusbw ${plain(idealOf(c))} GB/s`)}))}));
  if (!all.some(s => s.points.length > 1)) return null;
  const {series, note} = someSeries(all);
  const label = isTime ? secondsTick : short;
  const chart = {series, x: {title: t('axis.size'), log: 2, label: bytes}, y: {title: t(isTime ? 'axis.time' : 'axis.busbw'), log: 10, label}, legend: true};
  const points = onlyReported(run);
  return figure({
    name: `${slug(name)}-${kind}`, title: t(isTime ? 'chart.time' : 'chart.bandwidth', {what: name}),
    notes: [points ? t('chart.reported') : t('chart.band', {confidence: 100 * run.confidence}), ...idealNote(run, usable), ...(isTime ? [] : expectationNotes(run, usable)), ...note], draw: colour => lineChart(chart, colour),
    columns: [{title: t('column.ranks'), n: true}, {title: t('column.size'), n: true}, {title: t(points ? 'column.reported' : 'column.median'), n: true}, ...(points ? [] : [{title: t('column.interval'), n: true}]), {title: t('column.busbw'), n: true},
      ...(usable.some(c => isNumber(c.ideal_s)) ? [{title: t('column.ideal'), n: true}] : [])],
    rows: usable.map(c => [c.ranks, bytes(c.bytes), seconds(c.median_s), ...(points ? [] : [range(c.low_s, c.high_s, seconds)]), plain(c.busbw), ...(usable.some(u => isNumber(u.ideal_s)) ? [seconds(c.ideal_s)] : [])]),
    csv: {columns: ['series', 'ranks', 'bytes', ...(points ? ['reported_s'] : ['median_s', 'ci_low_s', 'ci_high_s']), 'busbw_GBps', 'ideal_s'],
          rows: usable.map(c => [name, c.ranks, c.bytes, c.median_s, ...(points ? [] : [c.low_s, c.high_s]), c.busbw, c.ideal_s])},
  });
}

function communicationSection(run) {
  const collectives = run.cases.filter(c => isMeasured(c) && c.sized && !isStep(c));
  const figures = groups(collectives, c => c.series).flatMap(([name, cases]) => [sizeFigure(run, name, cases, 'bandwidth'), sizeFigure(run, name, cases, 'time')]);
  const shown = [...figures, ...efficiencyFigures(run, 'busbw_retention')].filter(f => f);
  return shown.length ? [el('h2', null, t('section.communication')), el('div', {class: 'figures'}, shown)] : [];
}

function efficiencyFigures(run, metric) {
  const byId = new Map(run.cases.map(c => [c.id, c]));
  const rows = run.scaling.filter(r => r.metric === metric && byId.has(r.case_id)).map(r => ({...r, of: byId.get(r.case_id)}));
  return groups(rows, r => r.of.series).map(([name, scaled]) => {
    const all = groups(scaled, r => r.of.bytes).sort((a, b) => a[0] - b[0]).map(([size, of]) => ({
      name: bytes(size), points: of.sort((a, b) => a.ranks - b.ranks).map(r => ({x: r.ranks, y: r.efficiency, low: r.interval ? r.interval[0] : null,
        high: r.interval ? r.interval[1] : null, tip: `${r.of.what}\n${percent(r.efficiency)} ${r.interval ? range(r.interval[0], r.interval[1], percent) : ''}`}))}));
    if (!all.some(s => s.points.length > 1)) return null;
    const {series, note} = someSeries(all);
    const ids = new Set(scaled.map(r => r.case_id));
    const targets = groups(run.findings.filter(f => f.metric === metric && ids.has(f.case_id) && f.threshold !== null), f => f.threshold).map(([threshold]) =>
      ({y: threshold, name: t('legend.target', {value: percent(threshold)}), colour: '--fail'}));
    const scales = [...new Set(scaled.map(r => r.ranks))].sort((a, b) => a - b);
    const chart = {series, x: {title: t('axis.ranks'), log: 2, label: String, ...(scales.length <= 10 ? {ticks: scales} : {})}, y: {title: metricName(metric), format: '.0%', zero: true},
                   rules: [{y: 1, name: t('legend.ideal'), colour: '--soft', dash: [4, 4]}, ...targets], legend: true};
    return figure({
      name: `${slug(name)}-${metric}`, title: t('chart.efficiency', {what: name, metric: metricName(metric)}), notes: [t('chart.efficiency.note'), ...note],
      draw: colour => lineChart(chart, colour),
      columns: [{title: t('column.size'), n: true}, {title: t('column.base')}, {title: t('column.ranks'), n: true}, {title: t('column.efficiency'), n: true}, {title: t('column.interval'), n: true}, {title: t('column.speedup'), n: true}],
      rows: scaled.map(r => [bytes(r.of.bytes), t('target.base.value', {ranks: ranksText(r.base_ranks), value: measure(r.base_value, r.base_unit)}), r.ranks, percent(r.efficiency),
                             r.interval ? range(r.interval[0], r.interval[1], percent) : missing, r.speedup === null ? missing : r.speedup.toFixed(2)]),
      csv: {columns: ['metric', 'series', 'bytes', 'ranks', 'base_ranks', 'efficiency', 'ci_low', 'ci_high', 'speedup'],
            rows: scaled.map(r => [metric, name, r.of.bytes, r.ranks, r.base_ranks, r.efficiency, r.interval ? r.interval[0] : null, r.interval ? r.interval[1] : null, r.speedup])},
    });
  });
}

/// Single links: rates of messages that are long enough for one, else times.
function pairsSection(run) {
  const byId = new Map(run.cases.map(c => [c.id, c]));
  const figures = run.pairs.filter(p => p.cells.length).map(pairs => {
    const c = byId.get(pairs.id);
    const isRate = c.bytes >= 65536;
    const valueOf = s => isRate ? c.bytes / s / 1e9 : s * 1e6;
    const label = isRate ? t('axis.link_rate') : t('axis.link_time');
    const cells = pairs.cells.map(([from, to, s]) => ({x: pairs.names[to], y: pairs.names[from], value: valueOf(s),
      tip: `${pairs.names[from]} → ${pairs.names[to]}\n${plain(valueOf(s))} ${isRate ? 'GB/s' : 'us'}`}));
    const chart = {cells, names: pairs.names, x: {title: t('axis.to')}, y: {title: t('axis.from')}, legend: label, lowIsGood: !isRate};
    return figure({name: 'pairs-' + pairs.id, full: true, title: t('chart.pairs', {what: c.what}), notes: [t('chart.pairs.note')], draw: colour => heatChart(chart, colour),
      columns: [{title: t('axis.from')}, {title: t('axis.to')}, {title: label, n: true}],
      rows: cells.map(cell => [cell.y, cell.x, plain(cell.value)]),
      csv: {columns: ['from', 'to', 'seconds'], rows: pairs.cells.map(([from, to, s]) => [pairs.names[from], pairs.names[to], s])}});
  });
  return figures.length ? [el('h2', null, t('section.pairs')), el('div', {class: 'figures'}, figures)] : [];
}

const partColours = {compute: '--s1', pipeline: '--s3', data: '--s4', tensor: '--s6', expert: '--s5', overhead: '--s8'};
const kindColours = {forward: '--s1', backward: '--s2', weight: '--s7', optimizer: '--s8'};

function ganttFigures(run) {
  const byId = new Map(run.cases.map(c => [c.id, c]));
  return run.timelines.map(line => {
    const what = byId.get(line.id).what;
    const kindOf = kind => translated('kind.' + kind, kind);
    const bars = line.bars.filter(b => b[4] > b[3]).map(([rank, kind, part, from, to, batch]) => ({lane: rank, from, to, kind: kindOf(kind),
      tip: `${t('axis.rank')} ${rank}: ${kindOf(kind)}${batch >= 0 ? ' ' + batch : ''}\n${seconds(from)} – ${seconds(to)} (${seconds(to - from)})`}));
    const kinds = [...new Map(line.bars.map(([, kind, part]) => [kindOf(kind), {name: kindOf(kind), colour: kindColours[kind] || partColours[part] || '--s8'}])).values()];
    const lanes = [...new Set(bars.map(b => b.lane))].sort((a, b) => a - b);
    const chart = {bars, kinds, lanes, x: {title: t('axis.time')}, y: {title: t('axis.rank')}};
    const end = greatest(bars.map(b => b.to));
    chart.x = {...chart.x, label: secondsTick, ticks: [0, 0.25, 0.5, 0.75, 1].map(share => Number((share * end).toPrecision(3)))};
    return figure({name: 'timeline-' + line.id, full: true, title: t('chart.gantt', {what}),
      notes: [t('chart.gantt.note'), ...(lanes.length < line.ranks ? [t('chart.gantt.ranks', {shown: lanes.length, ranks: line.ranks})] : []),
        ...(line.left_out ? [t('chart.gantt.some', {left: line.left_out})] : [])], draw: colour => ganttChart(chart, colour),
      columns: [{title: t('column.rank'), n: true}, {title: t('column.kind')}, {title: t('column.start'), n: true}, {title: t('column.end'), n: true}],
      rows: line.bars.map(b => [b[0], kindOf(b[1]), seconds(b[3]), seconds(b[4])]),
      csv: {columns: ['rank', 'kind', 'part', 'begin_s', 'end_s', 'microbatch'], rows: line.bars}});
  });
}

function congestionSection(run) {
  const cases = run.cases.filter(c => isMeasured(c) && isNumber(c.impact));
  if (!cases.length) return [];
  const factor = value => isNumber(value) ? value.toFixed(2) + 'x' : missing;
  const impact = (c, key) => isNumber(c[key]) ? `${factor(c[key])} ${range(c[key + '_low'], c[key + '_high'], factor)}` : missing;
  const columns = [{title: t('column.case'), case: true}, {title: t('column.isolated'), n: true}, {title: t('column.beside'), n: true},
    {title: t('metric.congestion_impact'), n: true}, {title: t('metric.congestion_impact_p99'), n: true}];
  return [el('h2', null, t('section.congestion')), el('p', {class: 'note'}, t('congestion.means')),
    table(columns, cases.map(c => [c.what, seconds(c.isolated_s), seconds(c.median_s), impact(c, 'impact'), impact(c, 'impact_p99')]))];
}

/// What a workload alone has; a column is there where one of the steps has the number.
const stepNumbers = [
  {key: 'bubble', title: () => t('column.without-compute'), show: percent}, {key: 'bubble_ideal', title: () => t('column.bubble_ideal'), show: percent},
  {key: 'overlap', title: () => t('column.overlap'), show: percent}, {key: 'mfu', title: () => t('column.mfu'), show: percent},
  {key: 'tokens_per_s', title: () => t('column.tokens'), show: grouped}];
const isStep = c => stepNumbers.some(number => isNumber(c[number.key]));

function trainingSection(run) {
  const steps = run.cases.filter(c => isMeasured(c) && isStep(c));
  const numbers = stepNumbers.filter(number => steps.some(c => isNumber(c[number.key])));
  const figures = [...['weak_efficiency', 'strong_efficiency'].flatMap(metric => efficiencyFigures(run, metric)), ...ganttFigures(run)].filter(f => f);
  if (!steps.length && !figures.length) return [];
  const columns = [{title: t('column.case'), case: true}, {title: t('column.median'), n: true}, {title: t('column.interval'), n: true},
    ...numbers.map(number => ({title: number.title(), n: true}))];
  return [el('h2', null, t('section.training')), el('div', {class: 'figures'}, figures),
    steps.length ? table(columns, steps.map(c => [c.what, seconds(c.median_s), range(c.low_s, c.high_s, seconds),
      ...numbers.map(number => number.show(c[number.key]))])) : null];
}

function sampleFigure(run) {
  const byId = new Map(run.cases.map(c => [c.id, c]));
  if (!run.histograms.length) return null;
  const holder = el('div', {class: 'sample-holder'});
  const choose = el('select', {'aria-label': t('select.case'), class: 'no-print', onchange: () => show(Number(choose.value))},
    run.histograms.map((h, i) => el('option', {value: i}, byId.get(h.id).what)));
  function show(i) {
    const h = run.histograms[i];
    const c = byId.get(h.id);
    const edges = h.counts.map((count, k) => [h.low_s * (h.high_s / h.low_s) ** (k / h.counts.length), h.low_s * (h.high_s / h.low_s) ** ((k + 1) / h.counts.length), count]);
    const chart = {bins: h, median: c.median_s, low: c.low_s, high: c.high_s, medianName: `${t('column.median')} ${seconds(c.median_s)}`,
                   x: {title: t('axis.time'), label: secondsTick}, y: {title: t('axis.samples')}, tipOf: (a, b, n) => `${seconds(a)} – ${seconds(b)}\n${t('axis.samples')}: ${n}`};
    holder.replaceChildren(figure({
      name: 'samples-' + h.id, title: `${t('chart.histogram')}${language === 'zh' ? '：' : ': '}${c.what}`, notes: [t('chart.histogram.note')], draw: colour => histogramChart(chart, colour),
      columns: [{title: t('column.start'), n: true}, {title: t('column.end'), n: true}, {title: t('column.count'), n: true}], rows: edges.map(([a, b, n]) => [seconds(a), seconds(b), n]),
      csv: {columns: ['case_id', 'from_s', 'to_s', 'count'], rows: edges.map(([a, b, n]) => [h.id, a, b, n])}, controls: el('div', {class: 'buttons'}, choose)}));
  }
  const judged = new Set(run.findings.map(f => f.case_id));
  const first = Math.max(0, run.histograms.findIndex(h => judged.has(h.id)));
  choose.value = first;
  show(first);
  return holder;
}

/// A dot a rank (and probe), or of many ranks one a host. `of`: {name, title, notes, axis, show: value -> text, csv: name of the column, probed}.
function dotsFigure(picture, of) {
  const {dots} = picture;
  const where = d => (d.host ? d.host + ', ' : '') + `${t('axis.rank')} ${d.rank}` + (of.probed ? `, ${t('column.probe')} ${d.probe}` : '');
  const points = dots.map(d => ({x: d.rank, y: d.value, tip: `${where(d)}\n${of.show(d.value)}`}));
  const optional = (there, ...values) => there ? values : [];
  const cells = (d, value) => [...optional(picture.of_hosts, d.host || ''), d.rank, ...optional(of.probed, d.probe), value];
  return figure({name: of.name, title: of.title, draw: colour => dotChart({points, x: {title: t('axis.rank')}, y: of.axis}, colour),
    notes: [...of.notes, ...optional(picture.of_hosts, t('chart.dots.hosts')), ...optional(picture.left_out, t('chart.dots.left-out', {n: grouped(picture.left_out)}))],
    columns: [...optional(picture.of_hosts, {title: t('column.host')}), {title: t('column.rank'), n: true}, ...optional(of.probed, {title: t('column.probe'), n: true}), {title: of.axis.title, n: true}],
    rows: dots.map(d => cells(d, of.show(d.value))),
    csv: {columns: [...optional(picture.of_hosts, 'host'), 'rank', ...optional(of.probed, 'probe'), of.csv], rows: dots.map(d => cells(d, d.value))}});
}

function qualitySection(run) {
  const figures = [sampleFigure(run)];
  if (run.probes.dots.length) {
    figures.push(dotsFigure(run.probes, {name: 'host-noise', title: t('chart.noise'), notes: [t('chart.noise.note')], axis: {title: t('axis.noise'), format: '.1%', least: 0.01},
      show: percent, csv: 'noise_share', probed: true}));
  }
  if (run.switches.dots.length) {
    figures.push(dotsFigure(run.switches, {name: 'switches', title: t('chart.switches'), notes: [], axis: {title: t('axis.switches'), least: 1},
      show: value => plain(value) + ' /s', csv: 'involuntary_switches_per_s', probed: false}));
  }
  const shown = figures.filter(f => f);
  return shown.length ? [el('h2', null, t('section.quality')), el('div', {class: 'figures'}, shown)] : [];
}

function noteOf(c) {
  const notes = [];
  if (c.unstable) notes.push(t('note.unstable', {what: translated('note.' + c.unstable, c.unstable)}));
  if (!c.reported && !['rounds', 'launches'].includes(c.interval_over) && c.stop && c.stop !== 'converged') notes.push(t('note.unconverged', {why: translated('stop.' + c.stop, c.stop)}));
  if (c.reported) notes.push(t('note.reported', {what: c.reported}));
  else if (isNumber(c.median_s) && !isNumber(c.low_s)) notes.push(t('note.no-interval.' + (c.interval_over || 'samples')));
  if (c.coverage === 'off') notes.push(t('note.not-verified'));
  if (c.nodes > 1 && isNumber(c.pairs_across)) notes.push(t('note.pairs', {share: Math.round(100 * c.pairs_across)}));
  if (c.rounds_left_out) notes.push(t('note.left-out', {n: c.rounds_left_out}));
  return notes.join(language === 'zh' ? '；' : '; ');
}

function casesSection(run) {
  const lost = run.cases.filter(c => c.status !== 'measured');
  const points = onlyReported(run);
  const sampled = columns => points ? [] : columns;
  const columns = [{title: t('column.id'), n: true}, {title: t('column.case'), case: true}, {title: t(points ? 'column.reported' : 'column.median'), n: true}, ...sampled([{title: t('column.interval'), n: true}, {title: t('column.p95'), n: true}]),
    {title: t('column.algbw'), n: true}, {title: t('column.busbw'), n: true}, ...sampled([{title: t('column.samples'), n: true}]), {title: t('column.note'), wide: true}];
  return [
    el('h2', null, t('section.unmeasured')),
    lost.length ? table([{title: t('column.id'), n: true}, {title: t('column.case'), case: true}, {title: t('column.status')}, {title: t('column.why'), wide: true}],
                        lost.map(c => [c.id, c.what, t('status.' + c.status), c.why])) : el('p', {class: 'note'}, t('unmeasured.none')),
    el('h2', null, t('section.cases')),
    table(columns, run.cases.filter(c => c.status === 'measured').map(c => [c.id, c.what, seconds(c.median_s), ...sampled([range(c.low_s, c.high_s, seconds), seconds(c.p95_s)]),
                                                                            plain(c.algbw), plain(c.busbw), ...sampled([c.samples]), noteOf(c)])),
  ];
}

function methodSection(run) {
  const confidence = 100 * run.confidence;
  if (onlyReported(run)) {
    const said = [[t('method.reported'), t('method.reported.value')], [t('method.bandwidth'), t('method.bandwidth.value', {confidence})]];
    return [el('h2', null, t('section.method')), table([{title: t('column.name')}, {title: t('column.value'), wide: true}], said)];
  }
  const rows = ['sample', 'estimate', 'bandwidth', 'efficiency', 'metrics', 'verdict'].map(key => [t('method.' + key), t(`method.${key}.value`, {confidence})]);
  rows.push([t('method.clock'), t('method.clock.value', {clock: run.clock, cost: seconds(run.clock_cost_s), empty: seconds(run.empty_operation_s)})],
            [t('method.synchronisation'), run.synchronisation], [t('method.order'), t('method.order.value', {seed: run.seed})]);
  if (run.machine_states) rows.push([t('method.states'), run.machine_states]);
  return [el('h2', null, t('section.method')), table([{title: t('column.name')}, {title: t('column.value'), wide: true}], rows),
    el('details', null, el('summary', null, t('method.scenario')), el('pre', null, run.scenario))];
}

function environmentSection(run) {
  const pairs = [{title: t('column.name'), wide: true}, {title: t('column.value'), wide: true}];
  const places = [{title: t('column.host')}, {title: t('column.ranks')}, {title: t('column.cores'), wide: true}, {title: t('column.device'), wide: true}, {title: t('column.nic'), wide: true}];
  return [el('h2', null, t('section.environment')),
    el('h3', null, t('environment.places')), table(places, run.places.hosts.map(p => [p.host, p.ranks, p.cores || missing, p.device || missing, p.nic || missing]), null, run.places.left_out),
    el('h3', null, t('environment.facts')), table(pairs, [['plumbline', run.version], [t('environment.schema'), run.schema], ...run.facts]),
    el('h3', null, t('environment.variables')), run.environment.length ? table(pairs, run.environment) : el('p', {class: 'note'}, t('none')),
    el('h3', null, t('environment.warnings')), run.warnings.length ? [el('ul', null, run.warnings.slice(0, mostRows).map(w => el('li', null, w))), rowsNote(Math.min(mostRows, run.warnings.length), run.warnings.length)] : el('p', {class: 'note'}, t('none')),
    el('h3', null, t('disturbances')), run.disturbed ? el('p', null, run.disturbed) : null,
    run.disturbances.length ? table([{title: t('column.id'), n: true}, {title: t('column.case'), case: true}, {title: t('column.why'), wide: true}],
      run.disturbances.map(d => [d.case_id, (run.cases.find(c => c.id === d.case_id) || {what: ''}).what, d.what])) : el('p', {class: 'note'}, t('none'))];
}
