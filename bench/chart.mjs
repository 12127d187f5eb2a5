// Bar charts as SVG, by hand: a group of bars for each contestant, one bar for each browser. They follow the reader's colour scheme.

import { short } from './table.mjs';

/** All lengths in CSS pixels. */
const WIDTH = 760;
const MARGIN = 20;
const LABELS = 200;
const VALUES = 150;
const TOP = 74;
const BAR = 13;
const GAP = 3;
const BETWEEN = 13;
const FONT = 13;

/** The longest that a bar can be. */
export const LONGEST = WIDTH - 2 * MARGIN - LABELS - VALUES;

const STYLE = `
.paper { fill: #ffffff } .ink { fill: #1a2421 } .quiet { fill: #57625e } .rule { stroke: #dcd7cb } .spread { stroke: #1a2421 }
.series-0 { fill: #2f6fb5 } .series-1 { fill: #cf6420 }
text { font: ${FONT}px system-ui, -apple-system, "Segoe UI", sans-serif }
.title { font-size: 16px; font-weight: 600 } .ours { font-weight: 700 } .small { font-size: 12px }
@media (prefers-color-scheme: dark) {
  .paper { fill: #141c1a } .ink { fill: #e8ece9 } .quiet { fill: #a3aea9 } .rule { stroke: #36423e } .spread { stroke: #e8ece9 }
  .series-0 { fill: #5b9be0 } .series-1 { fill: #e88a4a }
}`;

const escaped = (text) => text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]);
const text = (x, y, what, classes, more = '') => `<text x="${x}" y="${y}" class="${classes}"${more}>${escaped(what)}</text>`;
const round = (value) => Math.round(value * 10) / 10;

/**
 * A chart. `series` are names of bars in a group; each of `rows` is `{ title, ours, bars }` with a bar for each series: `{ median, least, most, note }`,
 * `{ failed }` where there is no figure, or nothing where it was not measured.
 */
export function chart({ title, unit, series, rows }) {
  const most = Math.max(0, ...rows.flatMap(({ bars }) => bars.map((bar) => bar?.most ?? 0)));
  const scale = (value) => (most > 0 ? round((value / most) * LONGEST) : 0);
  const group = series.length * (BAR + GAP) - GAP;
  const height = TOP + rows.length * (group + BETWEEN) + MARGIN - BETWEEN;
  const left = MARGIN + LABELS;

  const parts = rows.map(({ title: name, ours, bars }, index) => {
    const top = TOP + index * (group + BETWEEN);
    const label = text(left - 10, top + group / 2 + 4, name, ours ? 'ink ours' : 'ink', ' text-anchor="end"');
    return [label, ...bars.map((bar, at) => drawn(bar, left, top + at * (BAR + GAP), at, scale))].join('\n');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(`${title}, ${unit}: ${described(rows, series, unit)}`)}</title>
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>
${text(MARGIN, 30, title, 'ink title')}
${legend(series, unit)}
<line class="rule" x1="${left}" x2="${left}" y1="${TOP - 6}" y2="${height - MARGIN + 6}"/>
${parts.join('\n')}
</svg>
`;
}

function drawn(bar, x, y, series, scale) {
  if (!bar) return '';
  const baseline = y + BAR - 2;
  if (bar.median === undefined) return text(x + 6, baseline, bar.failed, 'quiet small');
  const [length, least, most] = [bar.median, bar.least, bar.most].map(scale);
  const middle = y + BAR / 2;
  const spread = most > least ? `<line class="spread" x1="${x + least}" x2="${x + most}" y1="${middle}" y2="${middle}"/>` : '';
  return `<rect class="series-${series}" x="${x}" y="${y}" width="${length}" height="${BAR}"/>${spread}`
    + text(x + most + 6, baseline, `${short(bar.median)}${bar.note ? ` (${bar.note})` : ''}`, 'ink small');
}

/** Which colour is which browser. With one alone, its name. */
function legend(series, unit) {
  let x = MARGIN;
  const names = series.map((name, index) => {
    const one = `<rect class="series-${index}" x="${x}" y="44" width="11" height="11"/>${text(x + 16, 54, name, 'quiet small')}`;
    x += 34 + name.length * 7;
    return one;
  });
  return `${names.join('')}${text(WIDTH - MARGIN, 54, `${unit}, median; the line is least to most`, 'quiet small', ' text-anchor="end"')}`;
}

/** The same for those who do not see it. */
function described(rows, series, unit) {
  return rows.map(({ title, bars }) => {
    const said = bars.map((bar, index) => bar && `${series[index]} ${bar.median === undefined ? bar.failed : `${short(bar.median)} ${unit}`}`);
    return `${title}: ${said.filter(Boolean).join(', ')}`;
  }).join('; ');
}
