// SPDX-License-Identifier: Apache-2.0
// The page as a whole: which run, which language, in which order.
'use strict';
let chosen = 0;

function historySection() {
  if (data.runs.length < 2) return [];
  const runs = [...data.runs].sort((a, b) => a.started_unix_s - b.started_unix_s);
  const points = runs.flatMap(run => run.findings.filter(f => f.estimate !== null && f.metric !== null).map(f => ({...f, run, key: `${f.target}: ${metricName(f.metric)}, ${f.at}`})));
  const figures = groups(points, p => p.key).filter(([, of]) => of.length > 1).slice(0, 12).map(([key, of]) => {
    const first = of[0];
    const index = new Map(runs.map((run, i) => [run, i + 1]));
    const series = [{name: key, points: of.map(p => ({x: index.get(p.run), y: p.estimate, low: p.interval ? p.interval[0] : null, high: p.interval ? p.interval[1] : null,
      tip: `${p.run.name}, ${date(p.run.started_unix_s)}\n${measure(p.estimate, p.unit)} ${p.interval ? range(p.interval[0], p.interval[1], v => measure(v, p.unit)) : ''}`}))}];
    const chart = {series, x: {title: t('column.run'), ticks: runs.map((_, i) => i + 1), label: i => String(i)}, y: {title: metricName(first.metric)},
                   rules: first.threshold === null ? [] : [{y: first.threshold, name: t('legend.target', {value: plain(first.threshold)}), colour: '--fail'}]};
    return figure({name: 'history-' + slug(key), title: t('chart.history', {what: key}), draw: colour => lineChart(chart, colour),
      columns: [{title: t('column.date')}, {title: t('column.run')}, {title: t('target.value'), n: true}, {title: t('column.verdict'), v: true}],
      rows: of.map(p => [date(p.run.started_unix_s), p.run.name, written(p, p.written.estimate), verdictCell(p.verdict)]),
      csv: {columns: ['started_unix_s', 'file', 'target', 'metric', 'estimate', 'ci_low', 'ci_high', 'verdict'],
            rows: of.map(p => [p.run.started_unix_s, p.run.file, p.target, p.metric, p.estimate, p.interval ? p.interval[0] : null, p.interval ? p.interval[1] : null, p.verdict])}});
  });
  return [el('h2', null, t('section.history')),
    table([{title: t('column.verdict'), v: true}, {title: t('column.run')}, {title: t('column.date')}, {title: t('tested.file'), wide: true}],
          runs.map(run => [run.verdict ? verdictCell(run.verdict) : t('verdict.none'), run.name, date(run.started_unix_s), run.file])),
    el('div', {class: 'figures'}, figures)];
}

function reportSections() {
  const run = data.runs[chosen];
  return [
    el('h1', null, t('title.report')),
    el('p', {class: 'sub'}, data.runs.length > 1 ? data.runs.map(r => r.name).join(' · ') : run.name),
    verdictBox(data.runs.some(r => r.verdict) ? data.verdict : null, null, data.runs.some(r => r.simulated)),
    data.runs.some(r => r.simulated) ? el('p', {class: 'warn'}, t('simulated')) : null,
    data.runs.some(r => r.stand_in) ? el('p', {class: 'warn'}, t('stand-in')) : null,
    ...aboutSection(run), ...historySection(),
    data.runs.length > 1 ? el('h1', null, t('title.run', {name: run.name})) : null,
    data.runs.length > 1 ? verdictBox(run.verdict, null, run.simulated) : null,
    run.complete ? null : el('p', {class: 'warn'}, t('incomplete')),
    vega === null ? el('p', {class: 'warn'}, t('no-charts')) : null,
    ...conclusionsSection(run), ...testedSection(run), ...targetsSection(run), ...failuresSection(run), ...deviationsSection(run),
    ...communicationSection(run), ...pairsSection(run), ...congestionSection(run), ...trainingSection(run), ...qualitySection(run),
    ...signaturesSection(), el('h1', {class: 'appendix'}, t('section.appendix')),
    ...casesSection(run), ...machineSection(run), ...environmentSection(run), ...methodSection(run), ...glossarySection(),
  ];
}

const pages = {report: reportSections, compare: compareSections, history: historySections};

function render() {
  data = {...localised({...original, texts: null}), texts: original.texts};
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  const runs = data.kind === 'report' && data.runs.length > 1
    ? el('select', {'aria-label': t('run.select'), onchange: event => { chosen = Number(event.target.value); render(); }},
         data.runs.map((run, i) => el('option', {value: i, selected: i === chosen}, `${run.name} (${run.file})`))) : null;
  document.getElementById('bar').replaceChildren(...[el('span', {class: 'name'}, document.title), runs,
    el('button', {id: 'language', onclick: () => { language = language === 'zh' ? 'en' : 'zh'; render(); }}, t('language')),
    el('button', {onclick: () => window.print()}, t('print'))].filter(x => x));
  if (data.kind === 'report') pageMargins(data.runs[chosen]);
  document.getElementById('main').className = (data.kind === 'report' && data.runs.some(r => r.simulated)) || (data.kind === 'compare' && data.comparison.runs.some(r => r.simulated)) ? 'simulated' : '';
  document.getElementById('main').replaceChildren(...pages[data.kind]().flat().filter(x => x));
}
render();
// On paper nothing can be unfolded.
window.addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(d => { d.open = true; }));
