// The history of keys: a sparkline for each key, and a chart that distinguishes batch and speed windows.
import { el, time } from './text.js';

let current = null;

const seconds = text => Date.parse(text) / 1000;
const size = () => ({ width: Math.max(280, el('chart').clientWidth), height: 300 });

export const resize = () => current?.setSize(size());

export function spark(values) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('width', 90);
  svg.setAttribute('height', 20);
  svg.setAttribute('aria-hidden', 'true');
  const known = values.filter(value => typeof value === 'number');
  if (known.length > 1) {
    const low = Math.min(...known), high = Math.max(...known);
    const line = document.createElementNS(ns, 'polyline');
    line.setAttribute('class', 'spark');
    line.setAttribute('points', known.map((value, i) =>
      `${(i / (known.length - 1) * 88 + 1).toFixed(1)},${(18 - (high > low ? (value - low) / (high - low) : .5) * 16).toFixed(1)}`).join(' '));
    svg.append(line);
  }
  return svg;
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Replaces the chart.
export function plot(keys, byKey, measure, boundary) {
  current?.destroy();
  current = null;
  el('chart').setAttribute('aria-label', keys.length ? `${measure} of ${keys.join(', ')} over time` : 'No key is selected');
  if (!keys.length) return;

  const times = [...new Set(keys.flatMap(key => byKey.get(key).map(row => seconds(row.window_start))))].sort((a, b) => a - b);
  const iso = at => new Date(at * 1000).toISOString();
  const series = [{ label: 'Window', value: (chart, at) => at === null ? '--' : time(iso(at)) }], data = [times];
  const dashes = [[], [8, 4], [2, 3], [12, 3, 2, 3]], borders = ['solid', 'dashed', 'dotted', 'double'];
  keys.forEach((key, i) => {
    const own = new Map(byKey.get(key).map(row => [seconds(row.window_start), row]));
    const part = source => times.map(at => own.get(at)?.source === source ? own.get(at)[measure] ?? null : null);
    // The live line begins at the last exact value, so that there is no gap at the boundary.
    const live = part('speed');
    const exact = part('batch');
    const first = live.findIndex(value => value !== null);
    if (first > 0 && exact[first - 1] !== null) live[first - 1] = exact[first - 1];
    for (const [layer, values] of [['batch', exact], ['speed', live]]) {
      series.push({ label: `${key}, ${layer}`, stroke: color('--' + layer), width: 2, dash: dashes[i % dashes.length], spanGaps: false, points: { show: times.length < 40 } });
      data.push(values);
    }
  });

  const edge = boundary ? seconds(boundary) : null;
  const axis = { stroke: color('--quiet'), grid: { stroke: color('--line') } };
  current = new uPlot({
    ...size(), series, tzDate: at => uPlot.tzDate(new Date(at * 1000), 'UTC'),
    axes: [{ ...axis, space: 70, values: (chart, splits) => splits.map(at => at % 86400 ? iso(at).slice(11, 16) : iso(at).slice(5, 10)) }, axis],
    legend: { show: keys.length <= 4, markers: { width: 2, dash: (chart, i) => borders[Math.max(0, i - 1 >> 1) % borders.length] } },
    hooks: { draw: [chart => {
      if (edge === null || edge < times[0] || edge > times[times.length - 1]) return;
      const x = Math.round(chart.valToPos(edge, 'x', true));
      chart.ctx.save();
      chart.ctx.strokeStyle = color('--edge');
      chart.ctx.lineWidth = 2;
      chart.ctx.setLineDash([]);
      chart.ctx.beginPath();
      chart.ctx.moveTo(x, chart.bbox.top);
      chart.ctx.lineTo(x, chart.bbox.top + chart.bbox.height);
      chart.ctx.stroke();
      chart.ctx.restore();
    }] },
  }, data, el('chart'));
}
