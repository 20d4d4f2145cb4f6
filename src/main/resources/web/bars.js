// Bars without a scale: the value of the highest bar is printed beside the bars.
const ns = 'http://www.w3.org/2000/svg';

function svg(width, height) {
  const node = document.createElementNS(ns, 'svg');
  node.setAttribute('viewBox', `0 0 ${width} ${height}`);
  node.setAttribute('preserveAspectRatio', 'none');
  return node;
}

function rect(x, y, width, height, kind) {
  const node = document.createElementNS(ns, 'rect');
  for (const [name, value] of Object.entries({ x, y, width, height, class: kind })) node.setAttribute(name, value);
  return node;
}

// One bar per value, over time. Screen readers get the description.
export function columns(values, kind, peak, description) {
  const high = Math.max(...values);
  if (!high) return document.createTextNode('none');
  const chart = svg(values.length * 4, 28);
  chart.setAttribute('class', 'columns-chart');
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', description);
  chart.append(rect(0, 27, values.length * 4, 1, 'axis'));
  values.forEach((value, i) => {
    if (value > 0) {
      const height = Math.max(2, 28 * value / high);
      chart.append(rect(i * 4 + .5, 28 - height, 3, height, kind));
    }
  });
  const whole = document.createElement('div');
  whole.className = 'chart';
  const label = document.createElement('span');
  label.className = 'peak';
  label.setAttribute('aria-hidden', 'true');
  label.textContent = `peak ${peak}`;
  whole.append(chart, label);
  return whole;
}

// The parts of a whole, side by side. The first part shrinks, so that all other parts stay visible. The numbers are in the
// cells beside the bar.
export function shares(parts, whole) {
  const bar = svg(100, 10);
  bar.setAttribute('class', 'share');
  bar.setAttribute('aria-hidden', 'true');
  bar.append(rect(0, 0, 100, 10, 'axis'));
  const widths = parts.map(([value]) => value ? Math.max(1.5, 100 * value / whole) : 0);
  widths[0] -= Math.max(0, widths.reduce((sum, width) => sum + width, 0) - 100);
  let x = 0;
  parts.forEach(([, kind], i) => {
    if (widths[i]) bar.append(rect(x, 0, widths[i], 10, kind));
    x += widths[i];
  });
  return bar;
}
