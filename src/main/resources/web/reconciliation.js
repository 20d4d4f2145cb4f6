// The results of reconcile.
import { cells, el, number, percent, plural, time } from './text.js';
import { shares } from './bars.js';

const scientific = value => value.toExponential(1);

function verdict(newest) {
  const differing = newest.windows - newest.agreeing;
  if (!differing) return 'all agree';
  return newest.unexplained ? `${number(differing)} differ, ${number(newest.unexplained)} of them without a known cause`
    : `${number(differing)} differ, all for known causes`;
}

function line(name, windows, of, kind) {
  return [name, number(windows), of ? percent(windows / of) : '', shares([[windows, kind]], of)];
}

export function showReconciliations(answer) {
  const newest = answer[0];
  el('reconciliation').hidden = !newest;
  el('reconciled').textContent = newest
    ? `At ${time(newest.at)} UTC: ${plural(newest.windows, 'window')} from ${time(newest.from)} to ${time(newest.to)} compared; ${verdict(newest)}`
    : 'reconcile has not run yet';
  el('reconciled').className = newest?.unexplained ? 'state red' : '';
  if (!newest) return;

  cells(el('causes'), [
    line('agree', newest.agreeing, newest.windows, 'counted'),
    ...Object.entries(newest.causes).sort(([, one], [, other]) => other - one).map(([cause, windows]) => line(cause, windows, newest.windows, 'late')),
    line('unexplained', newest.unexplained, newest.windows, 'rejected'),
  ]);
  cells(el('differences'), newest.measures.map(measure => [measure.measure, scientific(measure.limit), number(measure.mismatched),
    scientific(measure.p50), scientific(measure.p99), scientific(measure.max)]), 'None');
  cells(el('reconciliations'), answer.map(past => [time(past.at), number(past.windows), number(past.windows - past.agreeing), number(past.unexplained),
    shares([[past.agreeing, 'counted'], [past.windows - past.agreeing - past.unexplained, 'late'], [past.unexplained, 'rejected']], past.windows)]));
}
