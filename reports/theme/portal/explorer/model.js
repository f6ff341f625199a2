/* Released data as the views need it. Reads SOZIALATLAS (data.js), SOZIALATLAS_DATEN (daten/<ID>.js: latest
 * values) and SOZIALATLAS_JAHRE (daten/<ID>-jahre.js: all others). */
"use strict";

Atlas.model = (() => {
  const { number, span, classOf } = Atlas.numbers;
  const shared = globalThis.SOZIALATLAS;
  const loaded = () => globalThis.SOZIALATLAS_DATEN || {};
  const words = shared.words;
  const catalogue = new Map(shared.themes.flatMap((theme) => theme.indicators.map((entry) => [entry.id, { ...entry, theme }])));
  const waiting = new Map();

  /** A file of figures, asked for once at a time. Rejected where it is absent. */
  async function file(name) {
    if (!waiting.has(name)) waiting.set(name, Atlas.loading.script(`daten/${name}.js`));
    try {
      await waiting.get(name);
    } finally {
      waiting.delete(name);
    }
  }

  /** The data of an indicator with its latest values, loaded once. */
  async function indicator(id) {
    if (!loaded()[id]) await file(id);
    return loaded()[id];
  }

  /** Add the values of all earlier years to the data of an indicator. */
  async function complete(data) {
    if (!data.more) return;
    await file(`${data.id}-jahre`);
    Object.assign(data.values, globalThis.SOZIALATLAS_JAHRE[data.id]);
    data.more = false;
  }

  // The page draws one level already; its outlines are read from there, not loaded twice.
  const drawn = (id) => (document.getElementById(id) ? document.getElementById(id).getAttribute("d") : "");
  for (const found of shared.levels) {
    found.outline ??= drawn("umriss");
    for (const area of found.areas) area.path ??= drawn(`form-${area.id}`);
  }

  const level = (id) => shared.levels.find((found) => found.id === id);
  const periodOf = (data, id) => data.periods.find((found) => found.id === id);

  /** The released entry of an area and a period; undefined (or 0) where there is no row. */
  const released = (data, area, period) => (data.values[period] || [])[data.areas.indexOf(area)];

  /** One released value with its words. `area` has id, name, number (null for the Kreis). */
  function row(data, area, period) {
    const entry = released(data, area.id, period) || [null, null, null, null, null, "missing"];
    const [value, lower, upper, numerator, denominator] = entry;
    const status = entry[5] || "reported";
    const quality = value === null ? null : entry[6] || "final";
    const verdict = entry[7] ? words.verdicts[entry[7] - 1] : "kein Vergleich";
    const hasSpan = lower !== null && upper !== null;
    const shown = value === null ? "" : number(value, data.decimals);
    return {
      ...area, value, lower, upper, numerator, denominator, status, quality, verdict, hasSpan,
      reason: entry[8] ? data.reasons[entry[8] - 1] : "",
      shape: words.shapes[verdict] || "none",
      cell: cellText(shown, value, status, quality),
      signed: value === null || status === "zero",
      text: value === null ? words.statuses[status] : shown + data.suffix,
      spanText: hasSpan ? span(lower, upper, data.decimals) : words.noSpan,
      css: value === null ? `hatch-${status}` : `s${data.shades[classOf(value, data.limits) - 1]}`,
    };
  }

  /** As german.cell_text: a sign for zero and for absent values, brackets for limited ones. */
  function cellText(shown, value, status, quality) {
    if (value === null || status === "zero") return words.signs[status] || "";
    return quality === "limited" ? `(${shown})` : shown;
  }

  /** What may be said beside a value: quality and status where the number alone does not tell them. */
  function remarks(found) {
    const notes = [];
    if (found.quality && found.quality !== "final") notes.push(words.qualities[found.quality]);
    if (words.noted.includes(found.status)) notes.push(words.statuses[found.status]);
    return notes;
  }

  /** Everything the views show for a choice of indicator, period and level. */
  function view(data, period, levelId) {
    const place = level(levelId);
    const when = data.latest ? periodOf(data, period).stand : "ohne Zahlen";
    const rows = place.areas.map((area) => row(data, area, period));
    const kreis = row(data, { id: shared.kreis.id, name: shared.kreis.short, number: null }, period);
    return {
      data, period, level: place, rows, kreis, when,
      title: `${place.prefix}${data.name}, ${when}`,
      legend: legend(data, rows),
      credits: periodOf(data, period).credits.map((number) => data.credits[number]),
      hasValues: rows.some((found) => found.value !== null),
    };
  }

  /** Classes low to high with their counts, then statuses; some statuses stand there even when none. */
  function legend(data, rows) {
    const classes = data.classes.map((label, place) => {
      const css = `s${data.shades[place]}`;
      return { css, number: place + 1, label, count: rows.filter((found) => found.css === css).length };
    });
    const absent = rows.filter((found) => found.value === null).map((found) => found.status);
    const statuses = words.withoutValue.filter((status) => words.inLegend.includes(status) || absent.includes(status));
    const hatched = statuses.map((status) => ({
      css: `hatch-${status}`, number: null, label: words.statuses[status],
      count: absent.filter((found) => found === status).length,
    }));
    const hasValues = rows.some((found) => found.value !== null);
    return [...(hasValues ? classes : []), ...hatched];
  }

  /** Places of span, value and Kreis on one axis from 0 to 1 over all rows; null without a value. */
  function plots(found) {
    const points = [...found.rows, found.kreis].flatMap((entry) => [entry.value, entry.lower, entry.upper]);
    const known = points.filter((point) => point !== null);
    const low = Math.min(...known);
    const width = Math.max(...known) - low || 1;
    const at = (value) => (value === null ? null : (value - low) / width);
    return found.rows.map((entry) => entry.value === null ? null
      : { value: at(entry.value), low: at(entry.lower), high: at(entry.upper), kreis: at(found.kreis.value) });
  }

  /** Values of one area over all periods, in order of years: year, value, lower, upper, status. */
  function series(data, area) {
    return data.periods.filter((period) => released(data, area.id, period.id)).map((period) => ({ year: period.year, ...row(data, area, period.id) }));
  }

  /** The notes a picture of this view has to carry. */
  const sourceText = (found) => [...new Set([...found.credits.map((credit) => credit.attribution), ...shared.boundaries])].join(" · ");

  return { shared, words, catalogue, indicator, complete, level, periodOf, row, remarks, view, plots, series, sourceText };
})();
