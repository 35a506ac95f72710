// SPDX-License-Identifier: Apache-2.0
// The page of a history: nights in a row.
'use strict';
const eventOrder = ['drop', 'slower', 'missing', 'acknowledged', 'faster', 'earlier'];
const eventClass = {drop: 'FAIL', slower: 'FAIL', missing: 'INCONCLUSIVE', acknowledged: 'INCONCLUSIVE', faster: 'PASS', earlier: 'NONE'};
const changeText = change => change === null ? '–' : (change > 0 ? '+' : '') + percent(change);
const middle = values => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

function eventEvidence(event) {
  if (event.kind === 'missing') return t('event.not-measured', {before: event.runs_before, since: event.runs_after});
  if (event.kind === 'drop') return event.runs_after === 1 ? t('event.alone') : t('event.in-a-row', {n: event.runs_after});
  return t('event.evidence', {before: event.runs_before, since: event.runs_after, p: event.p_value < 1e-12 ? '< 1e-12' : event.p_value.toExponential(0)});
}

function eventsSection(events) {
  const columns = [{title: t('column.change'), v: true}, {title: t('column.case'), case: true}, {title: t('column.before'), n: true}, {title: t('column.after'), n: true},
    {title: t('column.relative'), n: true}, {title: t('column.date')}, {title: t('tested.file'), wide: true}, {title: t('column.note'), wide: true}];
  const rows = events.map(e => [{text: t('event.' + e.kind), class: eventClass[e.kind]}, data.series[e.series].case, seconds(e.before_s), seconds(e.after_s), changeText(e.change), e.day, e.file,
    [eventEvidence(e), e.why].filter(x => x).join('; ')]);
  return [el('h2', null, t('section.events')), events.length ? table(columns, rows) : el('p', {class: 'note'}, t('events.none')), el('p', {class: 'note'}, t('events.note')),
    data.too_short ? el('p', {class: 'note'}, t('events.too-short', {n: data.too_short, all: data.series.length})) : null];
}

/// A row a series, a column a run: each time against the series' own median.
function stripFigure(order) {
  const shown = order.slice(0, 40).filter(s => s.points.length);
  const first = Math.max(0, data.runs.length - 60);
  const names = shown.map((s, i) => `${i + 1}`);
  const cells = shown.flatMap((s, i) => {
    const base = middle(s.points.map(p => p[1]));
    return s.points.filter(p => p[0] >= first).map(([run, median]) => ({x: run, y: names[i], value: Math.log2(median / base),
      tip: `${s.case}\n${s.where}\n${data.runs[run].file}, ${date(data.runs[run].started_unix_s)}\n${seconds(median)} (${changeText(median / base - 1)})`}));
  });
  if (!cells.length) return null;
  const runs = [...Array(data.runs.length - first).keys()].map(i => i + first);
  const chart = {cells, runs, names, day: run => date(data.runs[run].started_unix_s).slice(0, 10), legend: t('axis.against-median'), labels: shown.map(s => s.case)};
  return figure({name: 'history-strip', full: true, title: t('chart.strip'),
    notes: [t('chart.strip.note'), ...(shown.length < order.length ? [t('chart.some-series', {shown: shown.length, total: order.length})] : [])], draw: colour => stripChart(chart, colour),
    columns: [{title: t('column.id'), n: true}, {title: t('column.case'), case: true}, {title: t('column.hosts'), wide: true}, {title: t('column.median'), n: true}, {title: t('column.last'), n: true}],
    rows: shown.map((s, i) => [names[i], s.case, s.where, seconds(middle(s.points.map(p => p[1]))), seconds(s.points[s.points.length - 1][1])]),
    csv: {columns: ['case', 'hosts', 'file', 'started_unix_s', 'median_s'], rows: shown.flatMap(s => s.points.map(p => [s.case, s.where, data.runs[p[0]].file, data.runs[p[0]].started_unix_s, p[1]]))}});
}

function trendFigure(series, controls) {
  const points = series.points.map(([run, median, low, high]) => ({x: run, y: median, low, high,
    tip: `${data.runs[run].file}, ${date(data.runs[run].started_unix_s)}\n${seconds(median)} ${range(low, high, seconds)}`}));
  const byFile = new Map(data.runs.map((run, i) => [run.file, i]));
  const marks = data.events.filter(e => data.series[e.series] === series && byFile.has(e.file)).map(e => ({x: byFile.get(e.file), name: `${t('event.' + e.kind)} ${changeText(e.change)}, ${e.day}`,
    colour: eventClass[e.kind] === 'FAIL' ? '--fail' : '--soft'}));
  const [low, high] = [series.points[0][0], series.points[series.points.length - 1][0]];
  const chart = {series: [{name: series.case, points}], marks, x: {title: t('column.date'), ticks: wholeTicks(low, high, 6), label: run => date(data.runs[run].started_unix_s).slice(0, 10)},
                 y: {title: t('axis.time'), label: secondsTick, ticksOf: (from, to) => [0, 0.25, 0.5, 0.75, 1].map(share => Number((from + share * (to - from)).toPrecision(3)))}};
  return figure({name: 'trend-' + slug(series.case + ' ' + series.where), title: series.case, notes: [series.where, t('chart.trend.note')], draw: colour => lineChart(chart, colour), controls,
    columns: [{title: t('column.date')}, {title: t('tested.file'), wide: true}, {title: t('column.median'), n: true}, {title: t('column.interval'), n: true}],
    rows: series.points.map(([run, median, from, to]) => [date(data.runs[run].started_unix_s), data.runs[run].file, seconds(median), range(from, to, seconds)]),
    csv: {columns: ['started_unix_s', 'file', 'median_s', 'ci_low_s', 'ci_high_s'], rows: series.points.map(([run, ...rest]) => [data.runs[run].started_unix_s, data.runs[run].file, ...rest])}});
}

/// Any series, by choice: hundreds of charts at once are no overview.
function chosenTrend(order) {
  const holder = el('div', {class: 'sample-holder'});
  const choose = el('select', {'aria-label': t('select.case'), class: 'no-print', onchange: () => show(Number(choose.value))},
    order.map((s, i) => el('option', {value: i}, `${s.case} (${s.where})`)));
  const show = i => holder.replaceChildren(trendFigure(order[i], el('div', {class: 'buttons'}, choose)));
  show(0);
  return holder;
}

function historySections() {
  const events = [...data.events].sort((a, b) => eventOrder.indexOf(a.kind) - eventOrder.indexOf(b.kind) || Math.abs(b.change) - Math.abs(a.change));
  const eventful = [...new Set(events.map(e => data.series[e.series]))];
  const order = [...eventful, ...data.series.filter(s => !eventful.includes(s))].filter(s => s.points.length);
  const last = data.runs[data.runs.length - 1];
  return [
    el('h1', null, t('title.history')),
    el('p', {class: 'sub'}, t('history.sub', {runs: data.all_runs, series: data.series.length, date: date(last.started_unix_s)})),
    verdictBox(data.verdict, t('history.verdict.' + data.verdict)),
    data.all_runs > data.runs.length ? el('p', {class: 'note'}, t('history.newest', {n: data.runs.length})) : null,
    ...eventsSection(events),
    el('h2', null, t('section.history')), el('div', {class: 'figures'}, [stripFigure(order), ...eventful.filter(s => s.points.length).slice(0, 12).map(s => trendFigure(s)),
      order.length ? chosenTrend(order) : null].filter(f => f)),
    ...(data.warnings.length ? [el('h2', null, t('section.left-out')), el('ul', null, data.warnings.map(w => el('li', null, w)))] : []),
  ];
}
