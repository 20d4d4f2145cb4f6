// Formatting of values. Values from the lake are inserted as text, never as markup.
export const el = id => document.getElementById(id);
export const number = value => value === undefined || value === null ? '' : typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 3 }) : value;
// A share just below 100 % must not be rounded up to 100 %.
export const percent = share => share < 1 && share > .9999 ? 'over 99.99 %'
  : (100 * share).toLocaleString('en', share < .1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 }) + ' %';
export const time = text => text ? text.replace('T', ' ').replace(/(:00)?(\.\d+)?Z$/, '') : '';
export const duration = text => text.replace(/^PT?/, '').replace('T', ' ').toLowerCase();
export const plural = (count, noun) => `${number(count)} ${noun}${count === 1 ? '' : noun.endsWith('ch') ? 'es' : 's'}`;

export function row(values) {
  const line = document.createElement('tr');
  for (const value of values) {
    const cell = document.createElement('td');
    if (value instanceof Node) cell.append(value);
    else if (value && value.text !== undefined) { cell.textContent = value.text; cell.className = value.kind; }
    else cell.textContent = value ?? '';
    if (/^\d/.test(cell.textContent)) cell.classList.add('figure');
    line.append(cell);
  }
  return line;
}

// An empty table gets one cell with a message.
export function cells(body, rows, none) {
  body.replaceChildren(...rows.map(row));
  if (rows.length || !none) return;
  const line = row([{ text: none, kind: 'quiet' }]);
  line.firstChild.colSpan = body.parentElement.tHead.rows[0].cells.length;
  body.append(line);
}
