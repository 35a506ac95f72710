// SPDX-License-Identifier: Apache-2.0
// The machine as found: what differs between nodes, what one is made of, and a picture of all.
'use strict';

/// The vocabulary of shapes, as the page's one empty shape has it: no script holds an address.
const svgNames = document.getElementById('shapes').namespaceURI;
const svgEl = (tag, attributes, ...children) => {
  const element = document.createElementNS(svgNames, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

/// How many columns a text takes, of which a Chinese character takes two.
const columnsOf = text => [...text].reduce((sum, c) => sum + (c.codePointAt(0) >= 0x2e80 ? 2 : 1), 0);
function cut(text, columns) {
  if (columnsOf(text) <= columns) return text;
  let kept = [...text];
  while (columnsOf(kept.join('')) > columns - 1) kept.pop();
  return kept.join('') + '…';
}

/// The port that is nearest to a device: the longest way that both have in common, then the same NUMA node; null where nothing is told.
function nearestPort(device, ports) {
  const common = (a, b) => {
    const [left, right] = [a.split('/'), b.split('/')];
    let same = 0;
    while (same < left.length && same < right.length && left[same] === right[same]) ++same;
    return same;
  };
  let best = null;
  for (const [i, port] of ports.entries()) {
    const near = device.path && port.path && common(device.path, port.path) > 3 ? 100 + common(device.path, port.path)
      : device.numa !== null && device.numa === port.numa ? 1 : 0;
    if (near > 0 && (best === null || near > best.near)) best = {i, near};
  }
  return best;
}

const nodeWidth = 236, pieceHeight = 20, nodeGap = 16, rowGap = 56;

/// A node with its top left corner at 0, 0: devices to the left, ports to the right.
function drawnNode(node) {
  const rows = Math.max(node.devices.length, node.ports.length, 1);
  const height = 30 + rows * (pieceHeight + 4) + 4;
  const group = svgEl('g', {class: 'node'}, svgEl('rect', {class: 'frame', width: nodeWidth, height, rx: 5}),
    svgEl('title', {}, node.processor ? `${node.host}\n${node.processor}` : node.host),
    svgEl('text', {class: 'name', x: nodeWidth / 2, y: 19, 'text-anchor': 'middle'}, cut(node.host, 30)));
  const half = (nodeWidth - 36) / 2;
  const y = i => 30 + i * (pieceHeight + 4);
  const piece = (kind, x, i, text, tip) => group.append(svgEl('g', {class: kind}, svgEl('title', {}, tip),
    svgEl('rect', {x, y: y(i), width: half, height: pieceHeight, rx: 3}), svgEl('text', {x: x + 6, y: y(i) + 14}, cut(text, 15))));
  node.devices.forEach((device, i) => {
    const near = nearestPort(device, node.ports);
    if (near) group.append(svgEl('line', {class: 'near', x1: 8 + half, y1: y(i) + pieceHeight / 2, x2: nodeWidth - 8 - half, y2: y(near.i) + pieceHeight / 2}));
    piece('device', 8, i, device.name, device.numa === null ? device.name : `${device.name}\nNUMA ${device.numa}`);
  });
  node.ports.forEach((port, i) => piece(port.down ? 'port down' : 'port', nodeWidth - 8 - half, i, port.name, [port.name, port.rate].filter(x => x).join('\n')));
  return {group, height};
}

function topologyPicture(machines) {
  const leaves = groups(machines.drawn, node => node.leaf);
  const perRow = 4;
  const picture = svgEl('svg', {class: 'topology', role: 'img', 'aria-label': t('machine.topology')});
  let y = 0;
  for (const [leaf, nodes] of leaves) {
    const across = Math.min(perRow, nodes.length);
    const width = across * nodeWidth + (across - 1) * nodeGap;
    picture.append(svgEl('g', {class: leaf ? 'leaf' : 'leaf unknown'}, svgEl('rect', {x: 0, y, width, height: 26, rx: 5}),
      svgEl('text', {x: width / 2, y: y + 17, 'text-anchor': 'middle'}, cut(leaf || t('machine.leaf-unknown'), Math.floor(width / 8)))));
    let top = y + rowGap;
    let tallest = 0;
    nodes.forEach((node, i) => {
      if (i > 0 && i % perRow === 0) {
        top += tallest + nodeGap;
        tallest = 0;
      }
      const x = (i % perRow) * (nodeWidth + nodeGap);
      const {group, height} = drawnNode(node);
      group.setAttribute('transform', `translate(${x} ${top})`);
      if (i < perRow && node.ports.some(port => !port.down)) {
        picture.append(svgEl('line', {class: 'up', x1: x + nodeWidth / 2, y1: y + 26, x2: x + nodeWidth / 2, y2: top}));
      }
      picture.append(group);
      tallest = Math.max(tallest, height);
    });
    y = top + tallest + 28;
  }
  const width = Math.min(perRow, Math.max(...leaves.map(([, nodes]) => nodes.length))) * (nodeWidth + nodeGap) - nodeGap;
  picture.setAttribute('viewBox', `-1 -1 ${width + 2} ${y - 26}`);
  picture.setAttribute('style', `max-width: ${width + 2}px; min-width: ${Math.min(width, 480)}px`);
  return picture;
}

function machineSection(run) {
  const machines = run.machines;
  if (!machines) return [];
  const several = machines.count > 1;
  const host = several ? [{title: t('column.host')}] : [];
  const hosted = (piece, ...cells) => several ? [piece.host, ...cells] : cells;
  const devices = [...host, {title: t('machine.address')}, ...['model', 'uuid', 'serial', 'driver', 'firmware', 'ecc', 'confidential'].map(key => ({title: t('machine.' + key), wide: key === 'model' || key === 'uuid'}))];
  const ports = [...host, {title: t('machine.port')}, ...['model', 'rate', 'layer', 'state', 'firmware', 'path', 'neighbour'].map(key => ({title: t('machine.' + key), wide: key === 'model' || key === 'path'}))];
  const none = key => el('p', {class: 'note'}, t('machine.none.' + key));
  return [el('h2', null, t('section.machine')),
    machines.differences.length ? el('ul', {class: 'differences'}, machines.differences.slice(0, mostRows).map(text => el('li', null, text))) : null,
    el('figure', {class: 'full', 'data-figure': 'topology'}, el('figcaption', null, el('h3', null, t('machine.topology')),
      el('p', {class: 'note'}, t('machine.topology.note') + (machines.drawn.length < machines.count ? ' ' + t('machine.topology.some', {shown: machines.drawn.length, all: grouped(machines.count)}) : ''))),
      el('div', {class: 'scroll'}, topologyPicture(machines))),
    el('h3', null, t(several ? 'machine.nodes' : 'machine.node', {host: machines.of})),
    table([{title: t('column.name')}, {title: t('column.value'), wide: true}], machines.properties),
    el('h3', null, t('machine.devices')),
    machines.devices.length ? table(devices, machines.devices.map(d => hosted(d, d.address, d.model, d.uuid, d.serial, d.driver, d.firmware, d.ecc, d.confidential)), 'cards', machines.devices_left_out) : none('devices'),
    el('h3', null, t('machine.ports')),
    machines.ports.length ? table(ports, machines.ports.map(p => hosted(p, p.name, p.model, p.rate, p.layer, p.state, p.firmware, p.path, p.neighbour)), 'cards', machines.ports_left_out) : none('ports'),
    el('p', {class: 'note'}, t('machine.blank'))];
}
