// The ledger of a view's queries, and how late their records were.
import { cells, duration, el, number, percent, plural, row, time } from './text.js';
import { columns } from './bars.js';

const outcomes = ['counted', 'duplicate', 'late', 'rejected', 'unknown'];
const sum = (list, name) => list.reduce((total, interval) => total + (interval?.[name] ?? 0), 0);
const label = query => query.sink ? `speed ${query.sink}` : query.query;
const clock = at => new Date(at).toISOString().slice(11, 16);

// All intervals of the period; undefined where no micro-batch started.
function timeline(answer, query) {
  const known = new Map(query.intervals.map(interval => [Date.parse(interval.start), interval]));
  return starts(answer).map(at => known.get(at));
}

function starts(answer) {
  const unit = { H: 3600, M: 60, S: 1 };
  const step = 1000 * [...answer.interval.matchAll(/(\d+)([HMS])/g)].reduce((total, [, count, of]) => total + count * unit[of], 0);
  const all = [];
  for (let at = Date.parse(answer.from); at < Date.parse(answer.to); at += step) all.push(at);
  return all;
}

function over(answer, values, kind, name, write) {
  const high = Math.max(...values), at = starts(answer)[values.indexOf(high)];
  return columns(values, kind, write(high),
    `${name} per ${duration(answer.interval)}: at most ${write(high)}, from ${clock(at)} UTC; newest ${write(values[values.length - 1])}`);
}

function group(table, title, lines) {
  const body = document.createElement('tbody');
  const heading = document.createElement('th');
  heading.scope = 'rowgroup';
  heading.colSpan = table.tHead.rows[0].cells.length;
  heading.textContent = title;
  const first = document.createElement('tr');
  first.append(heading);
  body.append(first, ...lines.map(row));
  return body;
}

function groups(id, bodies) {
  const table = el(id);
  [...table.tBodies].forEach(body => body.remove());
  table.append(...bodies);
  table.parentElement.hidden = !bodies.length;
}

function records(answer, query) {
  const list = timeline(answer, query), read = sum(list, 'read'), unknown = sum(list, 'unknown');
  const title = `${label(query)}: ${plural(read, 'record')} read in ${plural(sum(list, 'micro_batches'), 'micro-batch')}`;
  return group(el('ledger'), title, outcomes.filter(name => name !== 'unknown' || unknown).map(name => [
    name === 'unknown' ? 'unknown (job was killed)' : name, number(sum(list, name)), read && name !== 'unknown' ? percent(sum(list, name) / read) : '',
    over(answer, list.map(interval => interval?.[name] ?? 0), name, name, number)]));
}

function lateness(answer, query) {
  const list = timeline(answer, query), read = sum(list, 'read');
  const kinds = [['late', 'late'], ['out of order', 'out_of_order']]
    .filter(([, name]) => list.some(interval => interval?.[name] !== undefined));
  return group(el('lateness'), label(query), kinds.map(([text, name]) => [
    text, number(sum(list, name)), read ? percent(sum(list, name) / read) : '',
    over(answer, list.map(interval => interval?.read ? (interval[name] ?? 0) / interval.read : 0), 'late', text, percent)]));
}

export function showLedger(answer) {
  const queries = answer.queries.filter(query => query.intervals.length);
  const period = `${time(answer.from)} to ${time(answer.to)} UTC, per ${duration(answer.interval)}`;
  el('ledger-period').textContent = queries.length ? `Records read, by outcome; ${period}` : `No micro-batch from ${time(answer.from)} to ${time(answer.to)} UTC`;
  groups('ledger', queries.map(query => records(answer, query)));

  const speed = queries.filter(query => query.sink);
  el('lateness-period').textContent = speed.length ? `Share of the records read; ${period}` : 'No micro-batch of a speed query in this time';
  groups('lateness', speed.map(query => lateness(answer, query)));

  cells(el('intervals'), queries.flatMap(query => query.intervals.slice().reverse().map(interval => [label(query), time(interval.start),
    ...['read', 'counted', 'duplicate', 'late', 'rejected', 'unknown', 'out_of_order'].map(name => number(interval[name]))])), 'None');
}
