// SPDX-License-Identifier: Apache-2.0
// Charts as Vega specifications, built from plain points: [{x, y, low, high, tip}]. Colours are the page's CSS variables, so
// that dark mode and printing need no drawing again; a downloaded picture gets the light ones as they are.
'use strict';
const seriesColours = ['--s1', '--s2', '--s3', '--s4', '--s5', '--s6', '--s7', '--s8'];
const shapes = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right', 'triangle-left'];
const lightColours = {
  '--paper': '#ffffff', '--ink': '#1b1f24', '--soft': '#57606a', '--line': '#d0d7de', '--grid': '#e7ebef', '--empty': '#e0e3e7',
  '--fail': '#b3261e', '--s1': '#0b62a4', '--s2': '#c8500a', '--s3': '#0a8a5f', '--s4': '#a8427f', '--s5': '#6b4fa3',
  '--s6': '#8a6d00', '--s7': '#2a93c9', '--s8': '#4d5560',
};
const onPage = name => `var(${name})`;
const onItsOwn = name => lightColours[name];
const chartFont = '"Noto Sans", "Noto Sans CJK SC", "Segoe UI", "PingFang SC", "Microsoft YaHei", sans-serif';

function frame(colour, width, height, rest) {
  const text = {labelColor: colour('--soft'), titleColor: colour('--ink'), labelFont: chartFont, titleFont: chartFont};
  return {
    width, height, padding: 4, autosize: {type: 'fit', contains: 'padding'},
    config: {
      axis: {...text, domainColor: colour('--soft'), tickColor: colour('--soft'), gridColor: colour('--grid'),
             labelFontSize: 11, titleFontSize: 12, titleFontWeight: 'normal', titlePadding: 6, labelOverlap: true},
      legend: {...text, labelFontSize: 11, titleFontSize: 11, symbolSize: 60, rowPadding: 2, columnPadding: 14},
      text: {font: chartFont},
    },
    ...rest,
  };
}

/// Ticks and their labels for a logarithmic axis: powers of `base`, thinned to at most `most`; 1, 2, 5 where the range is narrow.
function logTicks(low, high, base, label, most) {
  let ticks = [];
  const step = Math.log(base);
  for (let k = Math.floor(Math.log(low) / step); k <= Math.ceil(Math.log(high) / step); ++k) {
    for (const m of base === 10 && high / low < 100 ? [1, 2, 5] : [1]) ticks.push(m * base ** k);
  }
  ticks = ticks.map(v => Number(v.toPrecision(12))).filter(v => v >= low * 0.999 && v <= high * 1.001);
  const every = Math.ceil(ticks.length / most);
  ticks = ticks.filter((_, i) => i % every === 0);
  return {ticks, labels: Object.fromEntries(ticks.map(v => [String(v), label(v)]))};
}

/// Whole numbers from low to high, at most `most` of them.
function wholeTicks(low, high, most) {
  const every = Math.max(1, Math.ceil((high - low + 1) / most));
  return [...Array(Math.floor((high - low) / every) + 1).keys()].map(i => low + i * every);
}

/// `axis`: {title, log: 2 | 10 | absent, label: value -> text, ticks: exact ones, ticksOf: (low, high) -> those, zero}.
function scaleAndAxis(name, orient, axis, low, high) {
  if (axis.ticksOf) return scaleAndAxis(name, orient, {...axis, ticks: axis.ticksOf(low, high), ticksOf: null}, low, high);
  const labels = axis.ticks ? {ticks: axis.ticks, labels: Object.fromEntries(axis.ticks.map(v => [String(v), axis.label(v)]))}
    : axis.log ? logTicks(low, high, axis.log, axis.label, orient === 'left' ? 8 : 9) : null;
  const domain = axis.log ? [low, high === low ? low * 2 : high] : [axis.zero ? Math.min(0, low) : low, high === low ? low + 1 : high];
  return {
    signal: {name: name + 'Labels', value: labels ? labels.labels : {}},
    scale: {name, type: axis.log ? 'log' : 'linear', domain, range: orient === 'left' ? 'height' : 'width', nice: !axis.log && !axis.ticks,
            zero: false, ...(axis.log ? {base: axis.log} : {})},
    axis: {orient, scale: name, title: domain[0] > 0 && axis.notFromZero ? `${axis.title} (${axis.notFromZero})` : axis.title, grid: true, tickCount: 6, ...(axis.format ? {format: axis.format} : {}),
           ...(labels ? {values: labels.ticks, encode: {labels: {update: {text: {signal: `${name}Labels[datum.value]`}}}}} : {})},
  };
}

/// Lines with interval bands, and dashed ones in the same colour. series: [{name, points, ideal: [{x, y, tip}]}]; rules: [{y, name, colour, dash}];
/// marks: upright lines before a point, [{x, name, colour}].
function lineChart(chart, colour) {
  const points = chart.series.flatMap((s, i) => s.points.map(p => ({...p, series: s.name, order: i, ok: p.low !== null && p.low !== undefined})));
  const values = key => points.map(p => p[key]).filter(v => v !== null && v !== undefined);
  const ideals = chart.series.flatMap(s => (s.ideal || []).map(p => ({...p, series: s.name})));
  const ys = [...values('y'), ...values('low'), ...values('high'), ...ideals.map(p => p.y), ...(chart.rules || []).map(r => r.y)];
  const [x, y] = [scaleAndAxis('x', 'bottom', chart.x, least(values('x')), greatest(values('x'))),
                  scaleAndAxis('y', 'left', chart.y, least(ys), greatest(ys))];
  const names = chart.series.map(s => s.name);
  const changes = (chart.marks || []).map(m => ({
    type: 'rule', encode: {update: {x: {scale: 'x', value: m.x - 0.5}, y: {value: 0}, y2: {signal: 'height'}, stroke: {value: colour(m.colour)},
                                    strokeWidth: {value: 2}, strokeDash: {value: [4, 3]}, tooltip: {value: m.name}}}}));
  const looks = chart.series.map((s, i) => (s.colour === undefined ? i : s.colour) % 8);
  const at = {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'y'}};
  const stroke = {scale: 'colour', field: 'series'};
  const rules = (chart.rules || []).map(r => ({
    type: 'rule', encode: {update: {x: {value: 0}, x2: {signal: 'width'}, y: {scale: 'y', value: r.y}, stroke: {value: colour(r.colour)},
                                    strokeWidth: {value: 1.5}, strokeDash: {value: r.dash || [0]}, tooltip: {value: r.name}}},
  }));
  return frame(colour, chart.width || 500, chart.height || 300, {
    signals: [x.signal, y.signal],
    data: [{name: 'points', values: points}, {name: 'ideals', values: ideals}],
    scales: [x.scale, y.scale, {name: 'colour', type: 'ordinal', domain: names, range: looks.map(i => colour(seriesColours[i]))},
             {name: 'shape', type: 'ordinal', domain: names, range: looks.map(i => shapes[i])}],
    axes: [x.axis, y.axis],
    legends: names.length > 1 || chart.legend ? [{stroke: 'colour', shape: 'shape', orient: 'bottom', direction: 'horizontal', columns: chart.columns || 4,
                                  encode: {symbols: {update: {fill: {value: 'transparent'}, strokeWidth: {value: 2}}}}}] : [],
    marks: [
      ...rules, ...changes,
      {type: 'group', name: 'ideal-lines', from: {facet: {name: 'ideal', data: 'ideals', groupby: 'series'}}, marks: [
        {type: 'line', from: {data: 'ideal'}, interactive: false, encode: {update: {...at, stroke, strokeWidth: {value: 1.3}, strokeDash: {value: [5, 4]}}}},
        {type: 'symbol', from: {data: 'ideal'}, encode: {update: {...at, fill: {value: 'transparent'}, size: {value: 60}, tooltip: {field: 'tip'}}}}]},
      {type: 'group', from: {facet: {name: 'of', data: 'points', groupby: 'series'}}, marks: [
        {type: 'area', from: {data: 'of'}, interactive: false, encode: {update: {
          x: at.x, y: {scale: 'y', field: 'low'}, y2: {scale: 'y', field: 'high'}, fill: stroke, fillOpacity: {value: 0.2}, defined: {field: 'ok'}}}},
        {type: 'line', from: {data: 'of'}, interactive: false, encode: {update: {...at, stroke, strokeWidth: {value: 1.8}}}},
        {type: 'symbol', from: {data: 'of'}, encode: {update: {...at, stroke, shape: {scale: 'shape', field: 'series'}, strokeWidth: {value: 1.6},
          fill: {value: colour('--paper')}, size: {value: 42}, tooltip: {field: 'tip'}}}}]},
    ],
  });
}

/// chart: {bins: {low_s, high_s, counts}, median, low, high, x, y, tipOf}
function histogramChart(chart, colour) {
  const {low_s, high_s, counts} = chart.bins;
  const one = counts.length === 1;
  const edge = i => one ? low_s * (i ? 1.02 : 0.98) : low_s * (high_s / low_s) ** (i / counts.length);
  const bars = counts.map((count, i) => ({from: edge(i), to: edge(i + 1), count, tip: chart.tipOf(edge(i), edge(i + 1), count)}));
  const [low, high] = [edge(0), edge(counts.length)];
  const wide = low > 0 && high / low > 4;
  const inside = [0.1, 0.3, 0.5, 0.7, 0.9].map(share => Number((low + share * (high - low)).toPrecision(3)));
  const x = scaleAndAxis('x', 'bottom', wide ? {...chart.x, log: 10} : {...chart.x, ticks: inside}, low, high);
  const y = scaleAndAxis('y', 'left', {...chart.y, zero: true}, 0, greatest(counts));
  const mark = (name, value) => value === null || value === undefined ? [] : [{type: 'rule', encode: {update: {
    x: {scale: 'x', value}, y: {value: 0}, y2: {signal: 'height'}, stroke: {value: colour('--s2')}, strokeWidth: {value: 2}, tooltip: {value: name}}}}];
  const band = chart.low === null || chart.low === undefined ? [] : [{type: 'rect', interactive: false, encode: {update: {
    x: {scale: 'x', value: Math.max(low, chart.low)}, x2: {scale: 'x', value: Math.min(high, chart.high)}, y: {value: 0}, y2: {signal: 'height'},
    fill: {value: colour('--s2')}, fillOpacity: {value: 0.2}}}}];
  return frame(colour, chart.width || 500, chart.height || 280, {
    signals: [x.signal, y.signal], data: [{name: 'bars', values: bars}], scales: [x.scale, y.scale], axes: [x.axis, y.axis],
    marks: [{type: 'rect', from: {data: 'bars'}, encode: {update: {x: {scale: 'x', field: 'from'}, x2: {scale: 'x', field: 'to'},
      y: {scale: 'y', field: 'count'}, y2: {scale: 'y', value: 0}, fill: {value: colour('--s1')}, stroke: {value: colour('--paper')},
      strokeWidth: {value: 0.5}, tooltip: {field: 'tip'}}}}, ...band, ...mark(chart.medianName, chart.median)],
  });
}

/// Dots, one a point, on linear axes.
function dotChart(chart, colour) {
  const values = key => chart.points.map(p => p[key]);
  const [low, high] = [least(values('x')), greatest(values('x'))];
  const x = scaleAndAxis('x', 'bottom', {...chart.x, label: String, ticks: wholeTicks(low, high, 16)}, low - 0.5, high + 0.5);
  const y = scaleAndAxis('y', 'left', {...chart.y, zero: true}, 0, greatest([chart.y.least || 0, ...values('y')]));
  return frame(colour, chart.width || 500, chart.height || 260, {
    signals: [x.signal, y.signal], data: [{name: 'points', values: chart.points}], scales: [x.scale, y.scale], axes: [x.axis, y.axis],
    marks: [{type: 'symbol', from: {data: 'points'}, encode: {update: {x: {scale: 'x', field: 'x'}, y: {scale: 'y', field: 'y'},
      fill: {value: colour('--s1')}, fillOpacity: {value: 0.55}, size: {value: 40}, tooltip: {field: 'tip'}}}}],
  });
}

/// cells: [{x, y, value, tip}] over `names` on both axes; a pair without a cell stays grey.
function heatChart(chart, colour) {
  const side = {type: 'band', domain: chart.names, padding: chart.names.length > 64 ? 0 : 0.04};
  const values = chart.cells.map(c => c.value);
  const every = Math.ceil(chart.names.length / 16);
  const axis = {ticks: false, domain: false, values: chart.names.filter((_, i) => i % every === 0)};
  return frame(colour, 520, 460, {
    data: [{name: 'cells', values: chart.cells}],
    scales: [{...side, name: 'x', range: 'width'}, {...side, name: 'y', range: [0, {signal: 'height'}]},
             {name: 'heat', type: 'linear', domain: [least(values), greatest(values)], range: {scheme: 'yellowgreenblue'}, reverse: Boolean(chart.lowIsGood), zero: false}],
    axes: [{...axis, orient: 'bottom', scale: 'x', title: chart.x.title}, {...axis, orient: 'left', scale: 'y', title: chart.y.title}],
    legends: [{fill: 'heat', title: chart.legend, type: 'gradient', orient: 'right', gradientLength: 200}],
    marks: [{type: 'rect', interactive: false, encode: {update: {x: {value: 0}, x2: {signal: 'width'}, y: {value: 0}, y2: {signal: 'height'}, fill: {value: colour('--empty')}}}},
            {type: 'rect', from: {data: 'cells'}, encode: {update: {x: {scale: 'x', field: 'x'}, width: {scale: 'x', band: 1},
      y: {scale: 'y', field: 'y'}, height: {scale: 'y', band: 1}, fill: {scale: 'heat', field: 'value'}, tooltip: {field: 'tip'}}}}],
  });
}

/// cells: [{x: run, y: name, value: log2 of a ratio, tip}] over runs in a row, `labels` of the names; 0 is pale, slower red, faster blue.
function stripChart(chart, colour) {
  const most = greatest([0.1, ...chart.cells.map(c => Math.abs(c.value))]);
  const every = Math.ceil(chart.runs.length / 8);
  const ticks = chart.runs.filter((_, i) => i % every === 0);
  const percents = [-1, -0.5, 0, 0.5, 1].map(share => share * most);
  const label = v => (v > 0 ? '+' : '') + Math.round(100 * (2 ** v - 1)) + ' %';
  return frame(colour, 1040, Math.min(620, 70 + 18 * chart.names.length), {
    signals: [{name: 'dayOf', value: Object.fromEntries(ticks.map(run => [String(run), chart.day(run)]))}, {name: 'nameOf', value: Object.fromEntries(chart.names.map((name, i) => [name, chart.labels[i]]))},
              {name: 'shareOf', value: Object.fromEntries(percents.map(v => [String(v), label(v)]))}],
    data: [{name: 'cells', values: chart.cells}],
    scales: [{name: 'x', type: 'band', domain: chart.runs, range: 'width', padding: chart.runs.length > 40 ? 0 : 0.05}, {name: 'y', type: 'band', domain: chart.names, range: [0, {signal: 'height'}], padding: 0.06},
             {name: 'heat', type: 'linear', domain: [-most, 0, most], range: ['#2166ac', '#f7f7f7', '#b2182b'], zero: false}],
    axes: [{orient: 'bottom', scale: 'x', ticks: false, domain: false, values: ticks, encode: {labels: {update: {text: {signal: 'dayOf[datum.value]'}}}}},
           {orient: 'left', scale: 'y', ticks: false, domain: false, labelLimit: 340, encode: {labels: {update: {text: {signal: 'nameOf[datum.value]'}}}}}],
    legends: [{fill: 'heat', title: chart.legend, type: 'gradient', orient: 'right', gradientLength: Math.max(60, Math.min(200, 18 * chart.names.length)), values: percents,
               encode: {labels: {update: {text: {signal: 'shareOf[datum.value]'}}}}}],
    marks: [{type: 'rect', interactive: false, encode: {update: {x: {value: 0}, x2: {signal: 'width'}, y: {value: 0}, y2: {signal: 'height'}, fill: {value: colour('--empty')}}}},
            {type: 'rect', from: {data: 'cells'}, encode: {update: {x: {scale: 'x', field: 'x'}, width: {scale: 'x', band: 1},
      y: {scale: 'y', field: 'y'}, height: {scale: 'y', band: 1}, fill: {scale: 'heat', field: 'value'}, tooltip: {field: 'tip'}}}}],
  });
}

/// bars: [{lane, from, to, kind, tip}]; kinds: [{name, colour}]. What no bar covers is the bubble.
function ganttChart(chart, colour) {
  const end = greatest(chart.bars.map(b => b.to));
  const x = scaleAndAxis('x', 'bottom', {...chart.x, zero: true}, 0, end);
  return frame(colour, 1040, Math.min(560, 90 + 26 * chart.lanes.length), {
    signals: [x.signal], data: [{name: 'bars', values: chart.bars}],
    scales: [{...x.scale, nice: false}, {name: 'y', type: 'band', domain: chart.lanes, range: 'height', padding: 0.18},
             {name: 'colour', type: 'ordinal', domain: chart.kinds.map(k => k.name), range: chart.kinds.map(k => colour(k.colour))}],
    axes: [x.axis, {orient: 'left', scale: 'y', title: chart.y.title, ticks: false}],
    legends: [{fill: 'colour', orient: 'bottom', direction: 'horizontal', columns: 6, symbolType: 'square'}],
    marks: [{type: 'rect', from: {data: 'bars'}, encode: {update: {x: {scale: 'x', field: 'from'}, x2: {scale: 'x', field: 'to'},
      y: {scale: 'y', field: 'lane'}, height: {scale: 'y', band: 1}, fill: {scale: 'colour', field: 'kind'}, stroke: {value: colour('--paper')},
      strokeWidth: {value: 0.4}, tooltip: {field: 'tip'}}}}],
  });
}
