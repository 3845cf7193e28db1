// Sorts a table by the heading that was pressed. One listener for all tables inside `element`.
element.addEventListener('click', (event) => {
  const heading = event.target.closest('.lk-table thead button')?.closest('th');
  if (!heading) return;
  const words = heading.classList.contains('lk-words');
  const headings = [...heading.parentElement.children];
  // Numbers begin with the largest, words with A; pressed again, the order turns.
  const before = heading.getAttribute('aria-sort');
  const rising = before === 'none' ? words : before === 'descending';
  for (const other of headings) other.setAttribute('aria-sort', 'none');
  heading.setAttribute('aria-sort', rising ? 'ascending' : 'descending');
  const column = headings.indexOf(heading);
  const value = (row) => row.children[column].dataset.sort;
  const compare = words
    ? (a, b) => value(a).localeCompare(value(b), undefined, { numeric: true })
    : (a, b) => Number(value(a)) - Number(value(b));
  const body = heading.closest('table').tBodies[0];
  const rows = [...body.rows].sort((a, b) => (rising ? compare(a, b) : compare(b, a)));
  body.append(...rows);
});
