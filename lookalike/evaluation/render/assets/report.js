// Puts each picture where it is shown.
const read = (id) => JSON.parse(document.getElementById(id).textContent);

const pictures = read('pictures');
for (const image of document.querySelectorAll('img[data-picture]')) {
  const { uri, tiny } = pictures[image.dataset.picture];
  image.classList.toggle('tiny', tiny);
  image.src = uri;
}

// On paper ink is dark.
const dark = matchMedia('(prefers-color-scheme: dark)');
const show = (isDark) => document.documentElement.classList.toggle('dark', isDark);
dark.addEventListener('change', () => show(dark.matches));
addEventListener('beforeprint', () => show(false));
addEventListener('afterprint', () => show(dark.matches));
