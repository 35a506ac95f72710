// SPDX-License-Identifier: Apache-2.0
// The parts that make a document of a report: who, for whom, by what, item by item, and where it is signed.
'use strict';
const colon = () => (language === 'zh' ? '：' : ': ');
const aboutFields = ['project', 'contract', 'report_number', 'version', 'confidentiality', 'client', 'contractor', 'test_party', 'witness', 'tester', 'date'];

/// Who runs are told apart by: the name and the first digits of the file's hash.
const runId = run => `${run.name} ${run.sha256.slice(0, 12)}`;

/// On the screen only where somebody filled it in; on paper always, with lines to write on.
function aboutSection(run) {
  const about = run.acceptance;
  const field = key => el('div', {class: 'field-of-form'}, el('span', {class: 'key'}, t('about.' + key)), el('span', {class: 'line'}, about[key] || ''));
  const lines = (key, texts) => texts.length ? el('ol', null, texts.map(text => el('li', null, text))) : el('div', {class: 'line blank'});
  return [el('section', {class: 'about' + (about.stated ? '' : ' print-only')},
    el('h2', null, t('about')), el('div', {class: 'form'}, aboutFields.map(field), el('div', {class: 'field-of-form'}, el('span', {class: 'key'}, t('about.run')), el('span', {class: 'line'}, runId(run)))),
    el('h3', null, t('about.scope')), about.scope ? el('p', null, about.scope) : el('div', {class: 'line blank'}),
    el('h3', null, t('about.basis')), lines('basis', about.basis))];
}

function conclusionsSection(run) {
  const items = run.acceptance.items;
  if (!items.length) return [];
  const clauses = items.some(item => item.clause);
  return [el('h2', null, t('section.conclusions')),
    table([...(clauses ? [{title: t('column.clause')}] : []), {title: t('verdict'), v: true}, {title: t('column.item')}, {title: t('column.conclusion'), wide: true}],
          items.map(item => [...(clauses ? [item.clause] : []), verdictCell(item.verdict), item.target, withSigns(item.conclusion)]), 'cards')];
}

function failuresSection(run) {
  if (!run.explanations.length) return [];
  return [el('h2', null, t('section.failures')),
    ...run.explanations.map(one => el('div', {class: 'failure'}, el('h3', null, one.target), el('ul', null, one.says.map(text => el('li', null, withSigns(text))))))];
}

/// Of several runs: each judged number of an earlier one beside the later one's.
function retestRows() {
  const runs = [...data.runs].sort((a, b) => a.started_unix_s - b.started_unix_s);
  if (runs.length < 2) return null;
  const key = f => `${f.target} ${f.at}`;
  const later = new Map(runs[runs.length - 1].findings.map(f => [key(f), f]));
  const shown = f => `${written(f, f.written.estimate)} ${t('verdict.' + f.verdict)}`;
  return runs.slice(0, -1).flatMap(run => run.findings.filter(f => f.verdict !== 'PASS' && later.has(key(f)))
    .map(f => [f.target, f.at, date(run.started_unix_s), {text: shown(f), class: f.verdict}, {text: shown(later.get(key(f))), class: later.get(key(f)).verdict}]));
}

function deviationsSection(run) {
  const rows = retestRows();
  const stated = run.acceptance.deviations;
  return [el('section', {class: stated.length || rows ? null : 'print-only'}, el('h2', null, t('section.deviations')),
    stated.length ? el('ol', null, stated.map(text => el('li', null, text))) : el('p', {class: 'note'}, t('deviations.none')),
    rows && rows.length ? table([{title: t('column.item')}, {title: t('target.case'), case: true}, {title: t('column.date')}, {title: t('retests.earlier'), v: true}, {title: t('retests.later'), v: true}], rows) : null,
    stated.length ? null : el('div', {class: 'line blank print-only'}))];
}

function glossarySection() {
  const words = ['algbw', 'busbw', 'interval', 'speedup', 'rank', 'inconclusive'];
  return [el('h2', null, t('section.glossary')), table([{title: t('column.name')}, {title: t('column.value'), wide: true}], words.map(word => [t('glossary.' + word), t(`glossary.${word}.means`)]))];
}

function signaturesSection() {
  const parties = data.runs[chosen].acceptance;
  const box = who => el('div', {class: 'box'}, el('b', null, t('about.' + who)), el('div', {class: 'party'}, parties[who] || ''), el('div', {class: 'seal'}, t('seal')),
    ['name', 'signature', 'date'].map(field => el('div', {class: 'field'}, t('signatures.' + field))));
  return [el('h2', null, t('section.signatures')),
    data.runs.map(run => el('p', null, t('signatures.checksum', {file: run.file, bytes: run.file_bytes}), el('br'), el('code', null, run.sha256))),
    el('p', {class: 'note'}, t('signatures.note')), el('div', {class: 'signatures'}, ['client', 'contractor', 'test_party', 'witness'].map(box))];
}

/// The head and the foot of each page on paper. A CSS string holds nothing but text.
function pageMargins(run) {
  const quoted = text => '"' + text.replace(/[\\"<\n\r]/g, c => '\\' + c.charCodeAt(0).toString(16) + ' ') + '"';
  const [before, after] = t('page.of', {page: '\u0001', pages: '\u0002'}).split('\u0001');
  const [middle, end] = after.split('\u0002');
  const about = run.acceptance;
  const right = [about.report_number, about.confidentiality].filter(x => x).join(' · ');
  const style = el('style', {id: 'margins'});
  style.textContent = `@media print { @page { @top-left { content: ${quoted(runId(run))}; } @top-right { content: ${quoted(right)}; }` +
    ` @bottom-center { content: ${quoted(before)} counter(page) ${quoted(middle)} counter(pages) ${quoted(end)}; } } }`;
  const old = document.getElementById('margins');
  if (old) old.remove();
  document.head.append(style);
}
