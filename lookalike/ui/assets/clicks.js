// Answers overtake each other on their way: of two drawings of a panel the later one stays.
const drawing = (html) => Number(/<!-- drawing (\d+) -->$/.exec(html)?.[1] ?? 0);
let latest = props.value;
watch('value', () => {
  if (drawing(props.value) < drawing(latest)) props.value = latest;
  else latest = props.value;
});

// One listener for all buttons of a list; Gradio redraws what is inside `element`.
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  const { token, item, vote, example } = button.dataset;
  if (example !== undefined) {
    trigger('example', { position: Number(example) });
  } else if (vote !== undefined) {
    // Pressed again, a thumb is taken back. The server's answer confirms or corrects this.
    const undo = button.getAttribute('aria-pressed') === 'true';
    for (const thumb of button.parentElement.querySelectorAll('button')) {
      thumb.setAttribute('aria-pressed', String(thumb === button && !undo));
    }
    // Requests overtake each other on their way; by its number the server knows the last press.
    window.lookalikePresses = (window.lookalikePresses ?? 0) + 1;
    const press = window.lookalikePresses;
    trigger('vote', { token, item: Number(item), vote: undo ? 0 : Number(vote), press });
  } else if (item !== undefined) {
    trigger('pick', { token, item: Number(item) });
  }
});
