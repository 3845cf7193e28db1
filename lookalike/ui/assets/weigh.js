// Gradio 6.31 tells that a slider was let go only of pointers, not of keys. The slider comes and goes,
// so the page listens for it.
document.addEventListener('keyup', (event) => {
  if (!event.target.matches?.('#lk-weight input[type=range]')) return;
  event.target.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }));
});
