// The page for the API described in openapi.yaml, which provides everything that the page shows.
import { cells, duration, el, number, plural, time } from './text.js';
import { plot, resize, spark } from './chart.js';
import { showLedger } from './ledger.js';
import { showReconciliations } from './reconciliation.js';

const state = { views: [], view: null, info: null, rows: [], selected: new Set(), stream: null, lost: null };

const token = () => sessionStorage.getItem('token');

async function api(path, options = {}) {
  const headers = { ...options.headers };
  if (token()) headers.Authorization = 'Bearer ' + token();
  const answer = await fetch(path, { ...options, headers }).catch(error => {
    throw options.signal?.aborted ? error : Object.assign(new Error('The server did not respond.'), { unreachable: true });
  });
  if (answer.status === 401 || answer.status === 403) el('login').hidden = false;
  if (answer.status === 401) throw Object.assign(new Error('This server requires a token.'), { status: 401 });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || `The server responded with status ${answer.status}.`), { status: answer.status });
  }
  return answer;
}

const json = async path => (await api(path)).json();
const keyOf = row => state.info.keys.map(key => row[key]).join(' / ');
const perWindow = window => window.session_gap ? `session with a gap of ${duration(window.session_gap)}`
  : duration(window.size) + (window.slide ? `, every ${duration(window.slide)}` : '');

function show(text) {
  el('message').textContent = text;
  el('message').hidden = !text;
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
  el('checked').textContent = 'Waiting for the health checks';
  el('health').replaceChildren();
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

function draw() {
  const byKey = grouped();
  const measure = el('measure').value;
  const wanted = el('filter').value.toLowerCase();
  if (!state.selected.size && byKey.size) state.selected.add(byKey.keys().next().value);
  const level = state.info.levels?.column;
  const focused = el('keys').contains(document.activeElement) ? document.activeElement.textContent : null;
  cells(el('keys'), [...byKey].filter(([key]) => key.toLowerCase().includes(wanted)).slice(0, 500).map(([key, own]) => {
    const button = document.createElement('button');
    button.className = 'key';
    button.textContent = key;
    button.setAttribute('aria-pressed', state.selected.has(key));
    button.onclick = () => {
      if (!state.selected.delete(key)) state.selected.add(key);
      draw();
    };
    const newest = own[own.length - 1];
    const shown = level ? newest[level] : '';
    return [button, number(newest[measure]), { text: shown, kind: shown && shown !== state.info.levels.otherwise ? 'raised' : '' },
      spark(own.map(row => row[measure]))];
  }), byKey.size ? 'No key matches the filter' : 'No windows in this range');
  // Replacing the rows removes the focused button, so the focus is restored.
  if (focused) [...el('keys').querySelectorAll('button')].find(button => button.textContent === focused)?.focus({ preventScroll: true });

  const chosen = [...state.selected].filter(key => byKey.has(key));
  plot(chosen, byKey, measure, state.info.boundary);
  cells(el('values'), chosen.flatMap(key => byKey.get(key).slice(-200).reverse().map(row =>
    [key, time(row.window_start), number(row[measure]), row.source])));
}

async function lists() {
  const name = state.view;
  const path = encodeURIComponent(name);
  const [alerts, runs] = await Promise.all([json(`v1/alerts?view=${path}`), json(`v1/views/${path}/runs`), operations()]);
  if (name !== state.view) return;
  const open = alerts.filter(alert => alert.state === 'firing').length;
  el('open-alerts').textContent = open ? `${plural(open, 'alert')} firing` : 'No alert is firing';
  cells(el('alerts'), alerts.slice(0, 100).map(alert => [{ text: alert.level, kind: alert.state === 'firing' ? 'raised' : '' }, alert.key,
    time(alert.window_start), alert.state, number(alert.value), alert.verdict]), 'No alerts');
  cells(el('runs'), runs.map(run => [time(run.started_at), run.kind, number(run.duration_ms / 1000), number(run.events), number(run.rows),
    time(run.boundary), run.reason]), 'No runs yet');
}

const operations = () => Promise.all([part('ledger', showLedger), part('reconciliations', showReconciliations)]);

async function part(route, shown) {
  const name = state.view;
  const answer = await json(`v1/views/${encodeURIComponent(name)}/${route}`);
  if (name === state.view) shown(answer);
}

// Worst first.
function showHealth(result) {
  const lists = ['red', 'yellow', 'green'].map(state => result.checks.filter(check => check.state === state)).filter(list => list.length);
  el('checked').textContent = `${lists.map(list => `${list.length} ${list[0].state}`).join(', ')}. Checked at ${time(result.at)} UTC`;
  cells(el('health'), lists.flat().map(check => [{ text: check.state, kind: 'state ' + check.state }, check.check, check.value, check.limit,
    { text: check.detail, kind: 'wide' }]));
}

const wait = millis => new Promise(done => setTimeout(done, millis));

function connected() {
  state.lost = null;
  connection('Live', '');
}

function disconnected() {
  state.lost ??= new Date().toISOString().slice(11, 19);
  connection(`No connection to the server since ${state.lost} UTC; retrying. The page shows the data as of that time.`, 'lost');
}

// Screen readers announce each update, so unchanged text is not set again.
function connection(text, kind) {
  if (el('connection').textContent === text) return;
  el('connection').textContent = text;
  el('connection').className = kind;
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
      await follow(attempt, first, () => { pause = 2000; });
    } catch (error) {
      if (listening.signal.aborted) return;
    } finally {
      attempt.abort();
      listening.signal.removeEventListener('abort', end);
    }
    if (listening.signal.aborted) return;
    disconnected();
    await wait(pause);
    pause = Math.min(2 * pause, 30000);
  }
}

async function follow(attempt, first, succeeded) {
  const answer = await api(`v1/views/${encodeURIComponent(state.view)}/changes`, { signal: attempt.signal, headers: { Accept: 'text/event-stream' } });
  if (!first) await reload();
  connected();
  succeeded();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ;) {
    // The server writes something every five seconds; a network that fails silently does not end the stream.
    const silent = setTimeout(() => attempt.abort(), 20000);
    const { value, done } = await reader.read().finally(() => clearTimeout(silent));
    if (done) return;
    text += value;
    const events = text.split('\n\n');
    text = events.pop();
    const data = name => events.filter(event => event.includes(`event: ${name}`)).map(event => /^data: (.*)$/m.exec(event)?.[1]).pop();
    const version = data('version');
    if (version && version !== state.info.version) await refresh();
    // The server has no results before it sends the first health event.
    if (data('health')) await Promise.all([part('status', showHealth), operations()]).catch(error => show(error.message));
  }
}

const reload = () => Promise.all([rows(), lists()]).catch(error => {
  if (error.unreachable) throw error;
  show(error.message);
});

const guarded = action => async (...values) => {
  try { show(''); await action(...values); } catch (error) { show(error.message); }
};

// A failed refresh shows its error, but does not end the stream.
const refresh = guarded(() => Promise.all([rows(), lists()]));

async function persistently(action) {
  for (let pause = 2000; ; pause = Math.min(2 * pause, 30000)) {
    try {
      return await action();
    } catch (error) {
      if (!error.unreachable) throw error;
      disconnected();
      await wait(pause);
    }
  }
}

const choose = guarded(() => persistently(() => open(el('view').value)));

const start = guarded(() => persistently(async () => {
  state.views = await json('v1/views');
  el('login').hidden = true;
  const first = state.views.find(view => view.data) || state.views[0];
  options(el('view'), state.views.map(view => view.name), first.name);
  await open(first.name);
}));

el('view').onchange = choose;
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
addEventListener('resize', resize);
start();
