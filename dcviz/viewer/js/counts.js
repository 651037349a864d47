// Thresholds on codes: which points are core, and the counts that follow the hand (R-DC, Eq. 4-10).
//
// A code counts levels (frames.rank_codes), so on a level k these tests are the exact ones:
//   r > levels[k]    <=>  code > k          (codes count levels below the ratio)
//   gap < levels[k]  <=>  code <= k         (codes count levels at or below the gap)

/** Place of a threshold among ascending levels: the level itself if it is one, else the one below it. */
export function levelBelow(levels, value) {
  let low = -1;
  let high = levels.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (levels[middle] <= value + 1e-6 * Math.abs(value)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** tau in the unit of the latents: the relative reading counts in median nearest distances. */
export function tauInLatents(thresholds, hood) {
  return thresholds.reading === "relative" ? thresholds.tau_distance * hood.meta.median_nearest : thresholds.tau_distance;
}

/** Threshold places for one epoch: M held inside what is stored, both levels. */
export function levelsFor(thresholds, hood) {
  const m = Math.max(1, Math.min(thresholds.M, hood.meta.width));
  const gap = levelBelow(hood.meta.gap_levels, tauInLatents(thresholds, hood));
  return {
    m,
    ratio: levelBelow(hood.meta.ratio_levels, thresholds.lambda_ratio),
    // The relative reading never drops a duplicate of the nearest, however small its unit.
    gap: thresholds.reading === "relative" ? Math.max(1, gap) : gap,
    lambdaOne: thresholds.lambda_ratio >= 1,
    // With tau = 0 not even the nearest neighbor (gap 0) is below it.
    tauZero: !(thresholds.tau_distance > 0),
  };
}

/** 1 for every core point, 0 for every border point. With M = 1 the ratio is 1: core below lambda 1. */
export function coreMask(hood, at, out) {
  const n = hood.n;
  if (at.m === 1 || at.lambdaOne) return out.fill(at.lambdaOne ? 0 : 1);
  const base = (at.m - 2) * n;
  const ratio = hood.arrays.ratio;
  for (let i = 0; i < n; i++) out[i] = ratio[base + i] > at.ratio ? 1 : 0;
  return out;
}

/**
 * Count links: reliable neighbors of each point, and how many of all and of the reliable carry its label.
 * Returns four byte arrays, one entry a point: kept, same (of all M), keptSame; `same` is null without labels.
 */
export function linkCounts(hood, at) {
  const { n } = hood;
  const { gap, same } = hood.arrays;
  // Gaps begin with the second neighbor: that of the nearest is 0. Distances begin with the nearest itself.
  const first = hood.meta.first ?? 2;
  const nearest = first === 2 && !at.tauZero ? 1 : 0;
  const kept = new Uint8Array(n).fill(nearest);
  const pure = same ? new Uint8Array(n) : null;
  const keptPure = same ? new Uint8Array(n) : null;
  if (same && first === 2) for (let i = 0; i < n; i++) { pure[i] = same[i] & 1; keptPure[i] = nearest & pure[i]; }
  for (let j = first; j <= at.m; j++) {
    const base = (j - first) * n;
    for (let i = 0; i < n; i++) {
      const near = !at.tauZero && gap[base + i] <= at.gap ? 1 : 0;
      kept[i] += near;
      if (same) {
        const bit = (same[i] >>> (j - 1)) & 1;
        pure[i] += bit;
        keptPure[i] += bit & near;
      }
    }
  }
  return { kept, pure, keptPure };
}

/** Totals over all, core and border points; `links` as [hits, total] pairs, named as Python names them. */
export function totals(core, links, m) {
  const sums = [new Float64Array(5), new Float64Array(5)]; // [border, core] x points, kept, pure, keptPure
  const { kept, pure, keptPure } = links;
  for (let i = 0; i < core.length; i++) {
    const row = sums[core[i]];
    row[0] += 1;
    row[1] += kept[i];
    if (pure) { row[2] += pure[i]; row[3] += keptPure[i]; }
  }
  const [b, c] = sums;
  const found = { n: core.length, core: c[0], border: b[0], reliable: c[1], reliable_all: b[1] + c[1], m, links: {} };
  if (pure) {
    found.links = {
      all: [b[2] + c[2], core.length * m], core: [c[2], c[0] * m], border: [b[2], b[0] * m],
      all_filtered: [b[3] + c[3], b[1] + c[1]], core_filtered: [c[3], c[1]], border_filtered: [b[3], b[1]],
    };
  }
  return found;
}

/** [points, core points] of each cluster or label code below `size`. */
export function perGroup(codes, core, size) {
  const found = Array.from({ length: size }, () => [0, 0]);
  for (let i = 0; i < codes.length; i++) {
    const row = found[codes[i]];
    if (row) { row[0] += 1; row[1] += core[i]; }
  }
  return found;
}

/** Totals from the stored table at its grid point nearest below the thresholds; named as `totals` names them. */
export function tableTotals(table, thresholds) {
  const { lambda_axis: lambdas, tau_axis: taus, core, reliable, same_before: before, same_after: after } = table.arrays;
  const row = Math.max(0, levelBelow(lambdas, thresholds.lambda_ratio));
  const column = Math.max(0, levelBelow(taus, thresholds.tau_distance));
  const cell = row * taus.length + column;
  const { n, m } = table.meta;
  const found = { n, m, core: core[row], border: n - core[row], reliable: reliable[cell], reliable_all: reliable[column], links: {} };
  if (before) {
    found.links = {
      all: [before[0], n * m], core: [before[row], core[row] * m], border: [before[0] - before[row], (n - core[row]) * m],
      all_filtered: [after[column], reliable[column]], core_filtered: [after[cell], reliable[cell]],
      border_filtered: [after[column] - after[cell], reliable[column] - reliable[cell]],
    };
  }
  return found;
}

/** The grid value nearest to a threshold: sliders step over these, so that what they show is exact. */
export function snap(levels, value) {
  const below = Math.max(0, levelBelow(levels, value));
  const above = Math.min(levels.length - 1, below + 1);
  return levels[value - levels[below] <= levels[above] - value ? below : above];
}
