// The page for the API that openapi.yaml describes, which provides everything that the page shows. Values from the lake
// are inserted as text, never as markup.
const el = id => document.getElementById(id);
const state = { views: [], view: null, info: null, rows: [], selected: new Set(), plot: null, stream: null };

const token = () => sessionStorage.getItem('token');

async function api(path, options = {}) {
  const headers = { ...options.headers };
  if (token()) headers.Authorization = 'Bearer ' + token();
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401 || answer.status === 403) el('login').hidden = false;
  if (answer.status === 401) throw new Error('This server requires a token.');
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.title || `The server responded with status ${answer.status}.`), { status: answer.status });
  }
  return answer;
}

const json = async path => (await api(path)).json();
const number = value => value === undefined || value === null ? '' : typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 3 }) : value;
const time = text => text ? text.replace('T', ' ').replace(/(:00)?(\.\d+)?Z$/, '') : '';
const keyOf = row => state.info.keys.map(key => row[key]).join(' / ');
const duration = text => text.replace(/^PT?/, '').replace('T', ' ').toLowerCase();
const perWindow = window => window.session_gap ? `session with a gap of ${duration(window.session_gap)}`
  : duration(window.size) + (window.slide ? `, every ${duration(window.slide)}` : '');
const seconds = text => Date.parse(text) / 1000;

function show(text) {
  el('message').textContent = text;
  el('message').hidden = !text;
}

function cells(body, rows) {
  body.replaceChildren(...rows.map(values => {
    const line = document.createElement('tr');
    for (const value of values) {
      const cell = document.createElement('td');
      if (value instanceof Node) cell.append(value);
      else if (value && value.text !== undefined) { cell.textContent = value.text; cell.className = value.kind; }
      else cell.textContent = value ?? '';
      line.append(cell);
    }
    return line;
  }));
}

function options(select, values, chosen) {
  select.replaceChildren(...values.map(value => new Option(value, value, false, value === chosen)));
}

async function open(name) {
  state.view = name;
  state.selected.clear();
  state.stream?.abort();
  const info = await json('v1/views/' + encodeURIComponent(name));
  if (name !== state.view) return;
  state.info = info;
  const measures = state.info.measures.map(measure => measure.name);
  options(el('measure'), measures, measures.find(measure => measure.startsWith('avg')) || measures[0]);
  listen();
  await Promise.all([rows(), lists()]);
}

async function rows() {
  const name = state.view;
  const info = await json('v1/views/' + encodeURIComponent(name));
  if (name !== state.view) return;
  state.info = info;
  el('summary').textContent = info.newest
    ? `${info.keys.join(', ')} per ${perWindow(info.window)}; windows from ${time(info.oldest)} to ${time(info.newest)} UTC; boundary ${time(info.boundary) || 'none yet'}`
    : 'There is no data for this view yet.';
  if (!info.newest) { state.rows = []; draw(); return; }

  const span = Number(el('range').value);
  const query = new URLSearchParams({ limit: info.max_rows });
  if (span) query.set('from', new Date(Date.parse(info.newest) - span * 1000).toISOString());
  const answer = await json(`v1/views/${encodeURIComponent(name)}/rows?${query}`);
  if (name !== state.view) return;
  state.rows = answer.rows;
  state.info.boundary = answer.boundary;
  show(answer.next ? 'This range has more rows than the page can show: choose a shorter range.' : '');
  draw();
}

function grouped() {
  const byKey = new Map();
  for (const row of state.rows) {
    const key = keyOf(row);
    if (!byKey.has(key)) byKey.set(key, []);
    byKey.get(key).push(row);
  }
  return byKey;
}

function spark(values) {
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

function draw() {
  const byKey = grouped();
  const measure = el('measure').value;
  const wanted = el('filter').value.toLowerCase();
  if (!state.selected.size && byKey.size) state.selected.add(byKey.keys().next().value);
  const level = state.info.levels?.column;
  cells(el('keys'), [...byKey].filter(([key]) => key.toLowerCase().includes(wanted)).slice(0, 500).map(([key, own]) => {
    const button = document.createElement('button');
    button.className = 'key';
    button.textContent = key;
    button.setAttribute('aria-pressed', state.selected.has(key));
    button.onclick = () => {
      if (!state.selected.delete(key)) state.selected.add(key);
      draw();
      [...el('keys').querySelectorAll('button')].find(other => other.textContent === key)?.focus();
    };
    const newest = own[own.length - 1];
    const shown = level ? newest[level] : '';
    return [button, number(newest[measure]), { text: shown, kind: shown && shown !== state.info.levels.otherwise ? 'raised' : '' },
      spark(own.map(row => row[measure]))];
  }));

  const chosen = [...state.selected].filter(key => byKey.has(key));
  plot(chosen, byKey, measure);
  cells(el('values'), chosen.flatMap(key => byKey.get(key).slice(-200).reverse().map(row =>
    [key, time(row.window_start), number(row[measure]), row.source])));
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function plot(keys, byKey, measure) {
  state.plot?.destroy();
  state.plot = null;
  el('chart').setAttribute('aria-label', keys.length ? `${measure} of ${keys.join(', ')} over time` : 'No key is selected');
  if (!keys.length) return;

  const times = [...new Set(keys.flatMap(key => byKey.get(key).map(row => seconds(row.window_start))))].sort((a, b) => a - b);
  const iso = at => new Date(at * 1000).toISOString();
  const series = [{ label: 'Window', value: (chart, at) => at === null ? '--' : time(iso(at)) }], data = [times];
  const dashes = [[], [8, 4], [2, 3], [12, 3, 2, 3]];
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

  const edge = state.info.boundary ? seconds(state.info.boundary) : null;
  const axis = { stroke: color('--quiet'), grid: { stroke: color('--line') } };
  state.plot = new uPlot({
    width: Math.max(280, el('chart').clientWidth), height: 300, series, tzDate: at => uPlot.tzDate(new Date(at * 1000), 'UTC'),
    axes: [{ ...axis, space: 70, values: (chart, splits) => splits.map(at => at % 86400 ? iso(at).slice(11, 16) : iso(at).slice(5, 10)) }, axis], legend: { show: keys.length <= 4 },
    hooks: { draw: [chart => {
      if (edge === null || edge < times[0] || edge > times[times.length - 1]) return;
      const x = Math.round(chart.valToPos(edge, 'x', true));
      chart.ctx.save();
      chart.ctx.strokeStyle = color('--edge');
      chart.ctx.lineWidth = 2;
      chart.ctx.beginPath();
      chart.ctx.moveTo(x, chart.bbox.top);
      chart.ctx.lineTo(x, chart.bbox.top + chart.bbox.height);
      chart.ctx.stroke();
      chart.ctx.restore();
    }] },
  }, data, el('chart'));
}

async function lists() {
  const name = state.view;
  const path = encodeURIComponent(name);
  const [alerts, runs] = await Promise.all([json(`v1/alerts?view=${path}`), json(`v1/views/${path}/runs`), health()]);
  if (name !== state.view) return;
  cells(el('alerts'), alerts.slice(0, 100).map(alert => [{ text: alert.level, kind: alert.state === 'firing' ? 'raised' : '' }, alert.key,
    time(alert.window_start), alert.state, number(alert.value), alert.verdict]));
  cells(el('runs'), runs.map(run => [time(run.started_at), run.kind, number(run.duration_ms / 1000), number(run.events), number(run.rows),
    time(run.boundary), run.reason]));
}

async function health() {
  try {
    const name = state.view;
    const result = await json(`v1/views/${encodeURIComponent(name)}/status`);
    if (name !== state.view) return;
    el('checked').textContent = `Checked at ${time(result.at)} UTC`;
    cells(el('health'), result.checks.map(check => [{ text: check.state, kind: 'state ' + check.state }, check.check, check.value, check.limit,
      { text: check.detail, kind: 'wide' }]));
  } catch (error) {
    if (error.status !== 503) throw error;
    el('checked').textContent = error.message;
  }
}

function connection(text, lost) {
  el('connection').textContent = text;
  el('connection').className = lost ? 'lost' : '';
}

// EventSource cannot send a token, so the stream is read with fetch.
async function listen() {
  state.stream?.abort();
  const listening = state.stream = new AbortController();
  for (let pause = 2000, first = true; !listening.signal.aborted; first = false) {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    listening.signal.addEventListener('abort', end);
    try {
      await follow(attempt.signal, first, () => { pause = 2000; });
    } catch (error) {
      if (listening.signal.aborted) return;
    } finally {
      attempt.abort();
      listening.signal.removeEventListener('abort', end);
    }
    connection('Connection lost; retrying', true);
    await new Promise(done => setTimeout(done, pause));
    pause = Math.min(2 * pause, 60000);
  }
}

async function follow(signal, first, connected) {
  const answer = await api(`v1/views/${encodeURIComponent(state.view)}/changes`, { signal, headers: { Accept: 'text/event-stream' } });
  connection('Live');
  connected();
  if (!first) await refresh();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split('\n\n');
    text = events.pop();
    const data = name => events.filter(event => event.includes(`event: ${name}`)).map(event => /^data: (.*)$/m.exec(event)?.[1]).pop();
    const version = data('version');
    if (version && version !== state.info.version) await refresh();
    else if (data('health')) await guarded(health)();
  }
}

const guarded = action => async (...values) => {
  try { show(''); await action(...values); } catch (error) { show(error.message); }
};

// A failed refresh shows its error, but does not end the stream.
const refresh = guarded(() => Promise.all([rows(), lists()]));

const start = guarded(async () => {
  state.views = await json('v1/views');
  el('login').hidden = true;
  const first = state.views.find(view => view.data) || state.views[0];
  options(el('view'), state.views.map(view => view.name), first.name);
  await open(first.name);
});

el('view').onchange = guarded(() => open(el('view').value));
el('range').onchange = guarded(rows);
el('measure').onchange = draw;
el('filter').oninput = draw;
el('login').onsubmit = event => {
  event.preventDefault();
  sessionStorage.setItem('token', el('token').value);
  el('token').value = '';
  start();
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => state.info && draw());
addEventListener('resize', () => state.plot?.setSize({ width: Math.max(280, el('chart').clientWidth), height: 300 }));
start();
