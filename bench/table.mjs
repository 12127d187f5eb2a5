import { ratio } from './statistics.mjs';

/** A figure with three digits that mean something, thousands set off. */
export function short(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** What a section's table says, row by row: `[contestant, median, spread, ratio to the reference, remark]`. */
export function cells(section, reference) {
  const base = section.rows.find(({ id }) => id === reference);
  return section.rows.map((row) => {
    const compared = ratio(row, base);
    return [
      row.title,
      row.median === undefined ? '–' : short(row.median),
      row.median === undefined ? '–' : `${short(row.least)}–${short(row.most)}`,
      row.median === undefined || !(base?.median > 0) ? '–' : compared.toFixed(2),
      remark(row),
    ];
  });
}

function remark({ figures, failures }) {
  if (failures.length === 0) return '';
  return `failed ${failures.length} of ${figures.length + failures.length}: ${failures.at(-1)}`;
}

/** A section as a table for the terminal. */
export function table(section, reference) {
  const { workload, missing } = section;
  if (missing) return `not measured: ${missing}`;
  const rows = [['', workload.unit, 'least–most', '× raw', ''], ...cells(section, reference)];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, column) => (column === 0 || column === 4 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
    .join('  ').trimEnd()).join('\n');
}
