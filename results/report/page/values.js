// SPDX-License-Identifier: Apache-2.0
// Texts and numbers for people, and elements that hold nothing but text: no string of a run file is ever parsed as HTML.
'use strict';
const original = JSON.parse(document.getElementById('data').textContent);
let data = original;
let language = data.language;

/// Sentences, {en, zh}, as texts of the page's language, however deep they lie.
function localised(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(localised);
  if (typeof value.en === 'string' && typeof value.zh === 'string') return value[language];
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, localised(inside)]));
}

function t(key, values) {
  const row = data.texts[key];
  if (!row) return key;
  const text = row[language === 'zh' ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (all, name) => values && values[name] !== undefined ? String(values[name]) : all);
}
const has = key => Object.prototype.hasOwnProperty.call(data.texts, key);
/// The text of a key, or `raw` itself where the table has none.
const translated = (key, raw) => has(key) ? t(key) : raw;
const metricName = metric => translated('metric.' + metric, metric);

function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === 'onclick' || name === 'onchange' || name === 'oninput') element[name] = value;
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined) element.append(child);
  }
  return element;
}

/// Of a list of any length: Math.min(...list) throws from some tens of thousands on.
const least = list => list.reduce((a, b) => (b < a ? b : a), Infinity);
const greatest = list => list.reduce((a, b) => (b > a ? b : a), -Infinity);

const missing = '–';
const three = value => value === 0 ? '0' : Math.abs(value) >= 99.95 ? Math.round(value).toString() : value.toPrecision(3);
/// The same without zeros at the end: for ticks.
const short = value => value === 0 ? '0' : Number(value.toPrecision(3)).toString();
function seconds(s, digits = three) {
  if (s === null || s === undefined) return missing;
  if (s === 0) return '0 s';
  for (const [unit, name] of [[1, 's'], [1e-3, 'ms'], [1e-6, 'us']]) {
    if (Math.abs(s) >= 0.9995 * unit) return digits(s / unit) + ' ' + name;
  }
  return digits(s / 1e-9) + ' ns';
}
function bytes(b) {
  for (const [unit, name] of [[2 ** 50, 'PiB'], [2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']]) {
    if (b >= unit && b % (unit / 16) === 0) return b / unit + ' ' + name;
  }
  return b + ' B';
}
/// Four digits, without zeros at the end.
const digits4 = value => value === null || value === undefined ? missing : Number(value.toPrecision(4)).toString();
const secondsTick = s => seconds(s, short);
const ranksText = n => language === 'en' && n === 1 ? t('legend.rank') : t('legend.ranks', {n});
const plain = value => value === null || value === undefined ? missing : three(value);
const percent = value => value === null || value === undefined ? missing : (100 * value).toFixed(1) + ' %';
/// Whole numbers in groups of three: "12,345,678".
const grouped = value => value === null || value === undefined ? missing : value < 1000 ? three(value) : Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ',');
function duration(s) {
  if (s === null || s === undefined) return missing;
  if (s < 60) return seconds(s);
  const pad = value => String(value).padStart(2, '0');
  const whole = Math.round(s);
  return `${Math.floor(whole / 3600)}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)} h`;
}
const date = unix => unix > 0 ? new Date(unix * 1000).toISOString().replace('T', ' ').slice(0, 16) + ' UTC' : missing;
/// A value of a metric, with its unit.
function measure(value, unit) {
  if (value === null || value === undefined) return missing;
  if (unit === 's') return seconds(value);
  return unit === 'B/s' ? three(value / 1e9) + ' GB/s' : unit === '1' || !unit ? three(value) : three(value) + ' ' + unit;
}
/// "[3.66, 3.80] GB/s"
const measuredRange = ([low, high], unit) => unit === 's' ? range(low, high, seconds)
  : range(low, high, three) + (unit === '1' || !unit ? '' : ' ' + unit);
const range = (low, high, show) => low === null || low === undefined ? missing : `[${show(low)}, ${show(high)}]`;

/// The time of the machine that measured, with its zone, and UTC; UTC alone of a file that doesn't know the zone.
function localTime(run) {
  const zone = run.zone && run.zone.match(/^([+-])(\d\d)(\d\d)$/);
  if (!zone || !(run.started_unix_s > 0)) return date(run.started_unix_s);
  const minutes = (zone[1] === '-' ? -1 : 1) * (60 * Number(zone[2]) + Number(zone[3]));
  const at = seconds => new Date(seconds * 1000).toISOString().replace('T', ' ');
  return t('time.utc', {local: `${at(run.started_unix_s + 60 * minutes).slice(0, 16)} ${zone[0].slice(0, 3)}:${zone[3]}`, utc: at(run.started_unix_s).slice(11, 16)});
}

/// More rows nobody reads, and a browser is slow at them.
const mostRows = 500;

/// "500 of 1,536 rows are shown"; nothing where all are.
const rowsNote = (shown, all) => shown < all ? el('p', {class: 'note capped'}, t('table.some', {shown: grouped(shown), all: grouped(all)})) : null;

/// columns: [{title, n: numbers to the right, v: a verdict, wide}]; rows: arrays of text, or of {text, class}. `look`
/// "cards": on a phone a row is a block of its own, each cell with its title. `more`: rows that the page doesn't have.
function table(columns, all, look, more = 0) {
  const rows = all.slice(0, mostRows);
  const kind = column => column.n ? 'n' : column.v ? 'v' : column.case ? 'wide case' : column.wide ? 'wide' : null;
  const element = el('div', {class: 'scroll'}, el('table', {class: look || null},
    el('thead', null, el('tr', null, columns.map(c => el('th', {class: c.n ? 'n' : null, scope: 'col'}, c.title)))),
    el('tbody', null, rows.map(row => el('tr', null, row.map((cell, i) => {
      const text = cell !== null && typeof cell === 'object' ? cell.text : cell;
      const extra = cell !== null && typeof cell === 'object' ? ' ' + cell.class : '';
      return el('td', {'data-title': look === 'cards' ? columns[i].title : null, class: ((kind(columns[i]) || '') + extra).trim() || null}, text === null || text === undefined ? '' : String(text));
    }))))));
  element.append(rowsNote(rows.length, all.length + more) || '');
  return element;
}
