// Draws the plots and puts each picture where it is shown.
const read = (id) => JSON.parse(document.getElementById(id).textContent);

const pictures = read('pictures');
for (const image of document.querySelectorAll('img[data-picture]')) {
  const { uri, tiny } = pictures[image.dataset.picture];
  image.classList.toggle('tiny', tiny);
  image.src = uri;
}

const figures = read('figures');
const places = [...document.querySelectorAll('[data-figure]')];
const settings = { responsive: true, displayModeBar: false };
for (const place of places) {
  const { data, layout } = figures[place.dataset.figure];
  Plotly.newPlot(place, data, layout, settings);
}

// On paper ink is dark, and the columns are narrower than any screen's would have to be.
const PAPER = 680;
const dark = matchMedia('(prefers-color-scheme: dark)');
const show = (isDark) => document.documentElement.classList.toggle('dark', isDark);
const relayout = (change) => places.forEach((place) => Plotly.relayout(place, change));
dark.addEventListener('change', () => show(dark.matches));
addEventListener('beforeprint', () => {
  show(false);
  relayout({ width: PAPER });
});
addEventListener('afterprint', () => {
  show(dark.matches);
  relayout({ width: null, autosize: true });
});
