// SPDX-License-Identifier: Apache-2.0
// The page of a history: nights in a row.
'use strict';
const eventOrder = ['drop', 'slower', 'missing', 'acknowledged', 'recovered', 'faster', 'earlier'];
const eventClass = {drop: 'FAIL', slower: 'FAIL', missing: 'INCONCLUSIVE', acknowledged: 'INCONCLUSIVE', recovered: 'NONE', faster: 'PASS', earlier: 'NONE'};
const eventName = kind => kind === 'recovered' ? data.words.recovered : t('event.' + kind);
const worded = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] === undefined ? all : String(values[name]));
/// Of a chart: points at most. More nights are no picture, and a page of a thousand marks a chart is slow.
const mostPoints = 200;
const changeText = change => change === null ? '–' : (change > 0 ? '+' : '') + percent(change);
const middle = values => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

function eventEvidence(event) {
  if (event.kind === 'missing') return t('event.not-measured', {before: event.runs_before, since: event.runs_after});
  if (event.kind === 'drop' || event.p_value === null) return event.runs_after === 1 ? t('event.alone') : t('event.in-a-row', {n: event.runs_after});
  return t('event.evidence', {before: event.runs_before, since: event.runs_after, p: event.p_value < 1e-12 ? '< 1e-12' : event.p_value.toExponential(0)});
}

function eventsSection(events) {
  const columns = [{title: t('column.change'), v: true}, {title: t('column.case'), case: true}, {title: t('column.before'), n: true}, {title: t('column.after'), n: true},
    {title: t('column.relative'), n: true}, {title: t('column.date')}, {title: t('tested.file'), wide: true}, {title: t('column.note'), wide: true}];
  const rows = events.map(e => [{text: eventName(e.kind), class: eventClass[e.kind]}, data.series[e.series].case, seconds(e.before_s), seconds(e.after_s), changeText(e.change), date(e.started_unix_s), e.file,
    [e.story, eventEvidence(e), e.why].filter(x => x).join('; ')]);
  return [el('h2', null, t('section.events')), events.length ? table(columns, rows, 'cards') : el('p', {class: 'note'}, t('events.none')), el('p', {class: 'note'}, t('events.note')),
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

/// A point for `size` nights in a row: their median, and from the fastest to the slowest.
function merged(points, size) {
  const groups = [];
  for (let end = points.length; end > 0; end -= size) groups.unshift(points.slice(Math.max(0, end - size), end));
  return groups.map(group => {
    const times = group.map(p => p[1]);
    return [group[group.length - 1][0], middle(times), Math.min(...times), Math.max(...times), group[0][0]];
  });
}

/// Days where each run shown has one of its own, else the time of day with it.
function dayLabel(points) {
  const days = points.map(p => date(data.runs[p[0]].started_unix_s).slice(0, 10));
  const length = new Set(days).size === days.length ? 10 : 16;
  return run => data.runs[run] ? date(data.runs[run].started_unix_s).slice(0, length) : '';
}

/// `view`: {all: every night or the newest, zero: whether the axis begins at 0}
function trendFigure(series, view, controls) {
  const size = view.all ? Math.ceil(series.points.length / mostPoints) : 1;
  const shown = size > 1 ? merged(series.points, size) : series.points.slice(-mostPoints);
  const points = shown.map(([run, median, low, high, from]) => ({x: run, y: median, low, high,
    tip: `${from === undefined ? data.runs[run].file : data.runs[from].file + ' – ' + data.runs[run].file}, ${date(data.runs[run].started_unix_s)}\n${seconds(median)} ${range(low, high, seconds)}`}));
  const byFile = new Map(data.runs.map((run, i) => [run.file, i]));
  const [low, high] = [shown[0][0], shown[shown.length - 1][0]];
  const marks = data.events.filter(e => data.series[e.series] === series && byFile.get(e.file) >= low).map(e => ({x: byFile.get(e.file), name: `${eventName(e.kind)} ${changeText(e.change)}, ${date(e.started_unix_s)}`,
    colour: eventClass[e.kind] === 'FAIL' ? '--fail' : '--soft'}));
  const ticksOf = (from, to) => [0, 0.25, 0.5, 0.75, 1].map(share => Number((from + share * (to - from)).toPrecision(3)));
  const chart = {series: [{name: series.case, points}], marks, x: {title: t('column.date'), ticks: wholeTicks(low, high, 6), label: dayLabel(shown)},
                 y: {title: t('axis.time'), label: secondsTick, zero: view.zero, notFromZero: data.words.not_from_zero,
                     ticksOf: (from, to) => ticksOf(view.zero ? 0 : from, to)}};
  return figure({name: 'trend-' + slug(series.case + ' ' + series.where), title: series.case, notes: [series.where, t('chart.trend.note'), size > 1 ? worded(data.words.merged, {n: size}) : ''].filter(x => x),
    draw: colour => lineChart(chart, colour), controls,
    columns: [{title: t('column.date')}, {title: t('tested.file'), wide: true}, {title: t('column.median'), n: true}, {title: t('column.interval'), n: true}],
    rowsOf: () => series.points.map(([run, median, from, to]) => [date(data.runs[run].started_unix_s), data.runs[run].file, seconds(median), range(from, to, seconds)]),
    csv: {columns: ['started_unix_s', 'file', 'median_s', 'ci_low_s', 'ci_high_s'], rowsOf: () => series.points.map(([run, ...rest]) => [data.runs[run].started_unix_s, data.runs[run].file, ...rest])}});
}

/// A series with its choices: which nights, and whether the axis begins at 0.
function trend(series, more) {
  const holder = el('div', {class: 'sample-holder'});
  // What changed before the newest nights is seen among all of them.
  const newest = series.points.length > mostPoints ? series.points[series.points.length - mostPoints][0] : 0;
  const mine = data.events.filter(e => data.series[e.series] === series);
  const view = {all: mine.length > 0 && mine.every(e => data.runs.findIndex(run => run.file === e.file) < newest), zero: false};
  const show = () => {
    const nights = series.points.length > mostPoints
      ? el('select', {class: 'no-print', onchange: event => { view.all = event.target.value === 'all'; show(); }},
           [['newest', worded(data.words.newest, {n: mostPoints})], ['all', worded(data.words.all, {n: series.points.length})]].map(([value, text]) =>
             el('option', {value, selected: (value === 'all') === view.all}, text))) : null;
    const zero = el('button', {class: 'no-print', 'aria-pressed': String(view.zero), onclick: () => { view.zero = !view.zero; show(); }}, data.words.from_zero);
    holder.replaceChildren(trendFigure(series, view, el('div', {class: 'buttons'}, more || null, nights, zero)));
  };
  show();
  return holder;
}

/// Any series, by choice: hundreds of charts at once are no overview.
function chosenTrend(order) {
  const holder = el('div', {class: 'sample-holder', id: 'chosen-trend'});
  const choose = el('select', {'aria-label': t('select.case'), class: 'no-print', onchange: () => show(Number(choose.value))},
    order.map((s, i) => el('option', {value: i}, `${s.case} (${s.where})`)));
  const show = i => { choose.value = String(i); holder.replaceChildren(trend(order[i], choose)); };
  show(0);
  return {holder, show};
}

/// The newest nights as a shape without axes: between its own fastest and slowest.
function spark(points) {
  const shown = points.slice(-60).map(p => p[1]);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const top = value => (high > low ? 90 - 80 * (value - low) / (high - low) : 50).toFixed(1);
  const shape = el('div', {class: 'spark', 'aria-hidden': 'true'});
  const corners = shown.map((value, i) => `${(shown.length > 1 ? 100 * i / (shown.length - 1) : 100 * i).toFixed(1)}% ${top(value)}%`);
  shape.style.clipPath = `polygon(0% 100%, ${corners.join(', ')}, 100% ${top(shown[shown.length - 1])}%, 100% 100%)`;
  return shape;
}

/// All series, searchable. A row leads to the chart of its series.
function indexSection(order, showTrend) {
  const worst = new Map();
  for (const e of data.events) {
    const old = worst.get(e.series);
    if (!old || eventOrder.indexOf(e.kind) < eventOrder.indexOf(old.kind)) worst.set(e.series, e);
  }
  const place = new Map(data.series.map((s, i) => [s, i]));
  const titles = [t('column.case'), t('column.hosts'), data.words.state, t('column.median'), t('column.last'), data.words.nights, data.words.recent, t('column.note')];
  const cell = (column, kind, content) => el('td', {class: kind, 'data-title': titles[column]}, content);
  const rows = order.map((s, i) => {
    const e = worst.get(place.get(s));
    const open = el('button', {class: 'link', onclick: () => { showTrend(i); document.getElementById('chosen-trend').scrollIntoView({behavior: 'smooth'}); }}, s.case);
    return {text: `${s.case} ${s.where} ${e ? eventName(e.kind) + ' ' + (e.story || '') : data.words.as_usual}`.toLowerCase(),
      row: el('tr', null, cell(0, 'case', open), cell(1, 'wide', s.where), cell(2, 'v ' + (e ? eventClass[e.kind] : 'PASS'), e ? eventName(e.kind) : data.words.as_usual),
        cell(3, 'n', seconds(middle(s.points.map(p => p[1])))), cell(4, 'n', seconds(s.points[s.points.length - 1][1])), cell(5, 'n', String(s.points.length)),
        cell(6, null, spark(s.points)), cell(7, 'wide', e ? e.story || '' : ''))};
  });
  const count = el('span', {class: 'note'});
  const box = el('input', {type: 'search', id: 'search', placeholder: data.words.search, 'aria-label': data.words.search, oninput: () => filter()});
  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(w => w);
    let found = 0;
    for (const {text, row} of rows) {
      row.hidden = !words.every(w => text.includes(w));
      found += row.hidden ? 0 : 1;
    }
    count.textContent = worded(data.words.found, {n: found, all: rows.length});
  };
  filter();
  return [el('h2', {id: 'index'}, data.words.index), el('div', {class: 'search no-print'}, box, count),
    el('div', {class: 'scroll tall'}, el('table', {id: 'series', class: 'cards'}, el('thead', null, el('tr', null, titles.map((text, i) => el('th', {class: i >= 3 && i <= 5 ? 'n' : null, scope: 'col'}, text)))), el('tbody', null, rows.map(r => r.row))))];
}

/// The verdict of the night, of contract and change; without a night, of change alone.
function historyVerdict() {
  if (!data.night) return verdictBox(data.verdict, t('history.verdict.' + data.verdict) + ' (' + data.words.of_change + ')');
  const words = {BROKEN: data.words.broken, NONE: data.words.none}[data.verdict] || t('verdict.' + data.verdict);
  const fact = (name, value) => el('div', null, el('dt', null, name), el('dd', {class: 'value'}, value));
  return [el('div', {class: 'verdict ' + (data.verdict === 'BROKEN' ? 'FAIL' : data.verdict), 'data-verdict': data.verdict}, el('b', null, t('verdict') + (language === 'zh' ? '：' : ': ') + words),
      el('span', null, data.night.why)),
    el('dl', {class: 'facts'}, fact(data.words.night, data.night.file), ...(data.verdict === 'BROKEN' ? [] : [fact(data.words.contract, data.night.contract), fact(data.words.change, data.night.change)]))];
}

function historySections() {
  const events = [...data.events].sort((a, b) => eventOrder.indexOf(a.kind) - eventOrder.indexOf(b.kind) || Math.abs(b.change) - Math.abs(a.change));
  const eventful = [...new Set(events.map(e => data.series[e.series]))];
  const order = [...eventful, ...data.series.filter(s => !eventful.includes(s))].filter(s => s.points.length);
  const last = data.runs[data.runs.length - 1];
  const chosen = order.length ? chosenTrend(order) : null;
  return [
    el('h1', null, t('title.history')),
    el('p', {class: 'sub'}, t('history.sub', {runs: data.all_runs, series: data.series.length, date: date(last.started_unix_s)})),
    historyVerdict(),
    ...eventsSection(events),
    el('h2', null, t('section.history')), el('div', {class: 'figures'}, [stripFigure(order), ...eventful.filter(s => s.points.length).slice(0, 12).map(s => trend(s)),
      chosen ? chosen.holder : null].filter(f => f)),
    ...(chosen ? indexSection(order, chosen.show) : []),
    ...(data.warnings.length ? [el('h2', null, t('section.left-out')), el('ul', null, data.warnings.map(w => el('li', null, w)))] : []),
  ];
}
