// SPDX-License-Identifier: Apache-2.0
// The page of a comparison.
'use strict';
const runLetter = i => i < 26 ? String.fromCharCode(65 + i) : `${t('column.run')} ${i + 1}`;
const ratioText = v => v === null ? missing : v.toFixed(3);
const ratioRange = c => c.written.interval || missing;
const differenceClass = {better: 'PASS', worse: 'FAIL', 'no difference shown': 'NONE', unknown: 'NOT_MEASURED'};

function ratioFigures(run) {
  const mine = data.comparison.cases.filter(c => c.run === run && c.bytes > 0);
  const scales = [...new Set(data.comparison.cases.map(c => c.ranks))].sort((a, b) => a - b);
  return groups(mine, c => c.series).map(([name, cases]) => {
    const {series, note} = someSeries(groups(cases, c => c.ranks).sort((a, b) => a[0] - b[0]).map(([ranks, rows]) => ({
      name: ranksText(ranks), colour: scales.indexOf(ranks), points: rows.sort((a, b) => a.bytes - b.bytes).map(c => ({
        x: c.bytes, y: c.ratio, low: c.ci_low, high: c.ci_high, tip: `${c.case}\n${c.written.ratio} ${ratioRange(c)}\n${t('difference.' + c.difference)}`}))})));
    if (!series.some(s => s.points.length > 1)) return null;
    const chart = {series, x: {title: t('axis.size'), log: 2, label: bytes}, y: {title: t('axis.ratio', {a: runLetter(0), b: runLetter(run)})},
                   rules: [{y: 1, name: t('legend.equal'), colour: '--soft', dash: [4, 4]}], legend: true};
    return figure({name: `ratio-${runLetter(run)}-${slug(name)}`.toLowerCase(), title: t('chart.ratio', {what: name, a: runLetter(0), b: runLetter(run)}),
      notes: [t('chart.ratio.note'), ...note], draw: colour => lineChart(chart, colour), columns: caseColumns(run), rows: cases.map(caseRow),
      csv: {columns: ['case', 'reference_s', 'time_s', 'ratio', 'ci_low', 'ci_high', 'difference'],
            rows: cases.map(c => [c.case, c.reference_s, c.time_s, c.ratio, c.ci_low, c.ci_high, c.difference])}});
  }).filter(f => f);
}

const gigabytes = value => value === null ? missing : three(value);
const caseColumns = run => [{title: t('column.case'), case: true}, {title: runLetter(0), n: true}, {title: runLetter(run), n: true}, {title: runLetter(0) + ' GB/s', n: true}, {title: runLetter(run) + ' GB/s', n: true},
  {title: t('column.ratio'), n: true}, {title: t('column.interval'), n: true}, {title: data.answer.effect}, {title: t('column.difference'), v: true}];
const caseRow = c => [c.case, seconds(c.reference_s), seconds(c.time_s), gigabytes(c.reference_busbw_GBps), gigabytes(c.busbw_GBps), c.written.ratio, ratioRange(c), data.answer.effects[data.comparison.cases.indexOf(c)] || missing,
  {text: t(c.point_value ? 'difference.point' : 'difference.' + c.difference) + (c.why ? ` (${c.why})` : ''), class: differenceClass[c.difference]}];

function compareSections() {
  const c = data.comparison;
  const price = c.runs.every(r => r.price !== null);
  const power = c.runs.every(r => r.power_kw !== null);
  const others = c.runs.slice(1).map((_, i) => i + 1);
  const differing = c.manifest.filter(row => row.differs);
  return [
    el('h1', null, t('title.compare')),
    table([{title: ''}, {title: t('tested.file'), wide: true}, {title: t('column.name')}, {title: t('column.ranks'), n: true}, ...(price ? [{title: t('column.price'), n: true}] : []), ...(power ? [{title: t('column.power'), n: true}] : [])],
          c.runs.map((r, i) => [runLetter(i), r.file, r.name + (r.simulated ? ` (${t('simulated')})` : r.imported ? ` (${t('imported')})` : ''), r.ranks, ...(price ? [r.price] : []), ...(power ? [r.power_kw] : [])])),
    c.verdict ? el('div', {class: 'verdict ' + c.verdict, 'data-verdict': c.verdict}, el('b', null, data.answer.verdict + (language === 'zh' ? '：' : ': ') + t('verdict.' + c.verdict)),
      el('span', null, [t('compare.limit', {limit: percent(c.worse_limit)}), data.answer.cases].filter(x => x).join(' '))) : null,
    el('h2', null, data.answer.title), el('p', {class: data.answer.fair ? null : 'warn', id: 'fairness'}, data.answer.fairness), el('ul', {id: 'answer'}, data.answer.lines.map(line => el('li', null, line))),
    el('h2', null, t('section.regimes')),
    table([{title: t('column.run')}, {title: t('column.regime')}, {title: t('column.cases'), n: true}, {title: t('difference.better'), n: true}, {title: t('difference.worse'), n: true}, {title: t('column.geometric'), n: true},
           {title: t('column.lowest'), n: true}, {title: t('column.highest'), n: true}, ...(price ? [{title: t('column.per-price'), n: true}] : []), ...(power ? [{title: t('column.per-power'), n: true}] : [])],
          c.regimes.map(r => [`${runLetter(r.run)} / ${runLetter(0)}`, t('regime.' + r.regime), r.cases, r.better, r.worse, ratioText(r.geometric_mean_ratio), ratioText(r.lowest_ratio), ratioText(r.highest_ratio),
                              ...(price ? [ratioText(r.ratio_per_price)] : []), ...(power ? [ratioText(r.ratio_per_power)] : [])])),
    el('p', {class: 'note'}, t('compare.note', {confidence: 100 * c.confidence, cases: c.cases.length})),
    c.launch_spread === null ? null : el('p', {class: 'note'}, t('compare.launches', {spread: percent(c.launch_spread)})),
    c.cases.some(x => x.point_value) ? el('p', {class: 'note'}, t('compare.points')) : null,
    el('h2', null, t('section.manifest')),
    el('p', {class: 'note'}, t('manifest.note', {same: c.manifest.length - differing.length, all: c.manifest.length})),
    !differing.length ? null : table([{title: t('column.name')}, ...c.runs.map((_, i) => ({title: runLetter(i), wide: true}))], differing.map(row => [row.name, ...row.values.map(v => v === null ? t('manifest.unsaid') : v)])),
    ...others.flatMap(run => [el('h2', null, `${runLetter(run)} / ${runLetter(0)}: ${c.runs[run].file}`), el('div', {class: 'figures'}, ratioFigures(run)),
                              table(caseColumns(run), c.cases.filter(x => x.run === run).map(caseRow))]),
    el('h2', null, t('section.unmatched')),
    c.unmatched.length ? table([{title: ''}, {title: t('column.case'), case: true}, {title: t('column.why'), wide: true}], c.unmatched.map(u => [runLetter(u.run), u.case, u.why])) : el('p', {class: 'note'}, t('none')),
  ];
}
