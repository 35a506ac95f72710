// SPDX-License-Identifier: Apache-2.0
// A figure: a chart, a table of the same numbers, and both as files.
'use strict';
const tip = document.getElementById('tip');
function showTip(handler, event, item, value) {
  if (value === null || value === undefined || value === '') {
    tip.style.display = 'none';
    return;
  }
  tip.textContent = value;
  tip.style.display = 'block';
  tip.style.left = Math.max(4, Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)) + 'px';
  tip.style.top = Math.max(4, Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8)) + 'px';
}

function view(draw, colour, options) {
  return new vega.View(vega.parse(draw(colour), null, {ast: true}), {expr: vega.expressionInterpreter, ...options});
}

function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  const link = el('a', {href: url, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/// RFC 4180. A cell that a spreadsheet would take for a formula gets a quote before it.
function csv(columns, rows) {
  const cell = value => {
    let text = value === null || value === undefined ? '' : String(value);
    if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  };
  return [columns, ...rows].map(row => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/// figure: {name, title, notes, draw: colour -> spec, columns: [...], rows: shown cells, csv: {columns, rows} raw, full, controls}; rowsOf in place
/// of rows: a function of them
function figure(f) {
  const chart = el('div', {class: 'chart'});
  const rows = el('div', {class: vega === null ? 'data alone' : 'data', hidden: vega !== null});
  // A table of thousands of rows is made when somebody looks at it.
  const fill = () => { if (!rows.firstChild) rows.append(table(f.columns, f.rowsOf ? f.rowsOf() : f.rows)); };
  if (!f.rowsOf || vega === null) fill();
  const save = () => view(f.draw, onItsOwn, {renderer: 'none'}).toSVG().then(svg => download(f.name + '.svg', 'image/svg+xml', svg));
  const buttons = el('div', {class: 'buttons'},
    vega === null ? null : el('button', {onclick: () => { fill(); rows.hidden = !rows.hidden; }}, t('chart.table')),
    vega === null ? null : el('button', {onclick: save}, 'SVG'),
    el('button', {onclick: () => download(f.name + '.csv', 'text/csv', '\ufeff' + csv(f.csv.columns, f.csv.rowsOf ? f.csv.rowsOf() : f.csv.rows))}, 'CSV'));
  const result = el('figure', {class: f.full ? 'full' : null, 'data-figure': f.name},
    el('figcaption', null, el('h3', null, f.title), (f.notes || []).map(n => el('p', {class: 'note'}, n))),
    f.controls || null, chart, buttons, rows);
  if (vega !== null) view(f.draw, onPage, {renderer: 'svg', container: chart, hover: true}).tooltip(showTip).runAsync();
  return result;
}
